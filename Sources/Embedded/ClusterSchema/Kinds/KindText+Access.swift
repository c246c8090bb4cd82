extension KindText {
    /// Kinds of RBAC, authentication, authorization and certificates.
    static let access = """
        group rbac.authorization.k8s.io v1 io.k8s.api.rbac.v1

        kind Role roles
        Role | Permissions within a namespace.
          rules [PolicyRule] atomic | The permissions.

        kind ClusterRole clusterroles cluster
        ClusterRole | Permissions in the whole cluster, or for binding in a namespace.
          aggregationRule AggregationRule | Other roles whose rules are taken over.
          rules [PolicyRule] atomic | The permissions.

        PolicyRule | A permission.
          apiGroups [string] atomic | Groups; * is all.
          nonResourceURLs [string] atomic | Paths that are no resources.
          resourceNames [string] atomic | Only objects with these names.
          resources [string] atomic | Resources; * is all.
          verbs [string] ! atomic | Verbs; * is all.

        AggregationRule | Other roles whose rules are taken over.
          clusterRoleSelectors [LabelSelector] atomic | Those roles by label.

        kind RoleBinding rolebindings
        RoleBinding | Gives a role's permissions within a namespace.
          roleRef RoleRef ! | The role; cannot change.
          subjects [Subject] atomic | Who gets them.

        kind ClusterRoleBinding clusterrolebindings cluster
        ClusterRoleBinding | Gives a role's permissions in the whole cluster.
          roleRef RoleRef ! | The role; cannot change.
          subjects [Subject] atomic | Who gets them.

        RoleRef atomic | A role.
          apiGroup string =rbac.authorization.k8s.io | Group of the role.
          kind string ! in(Role,ClusterRole) | Role or ClusterRole.
          name string ! | Name of the role.

        Subject atomic | Who gets permissions.
          apiGroup string | Group of the subject.
          kind string ! | User, Group or ServiceAccount.
          name string ! | Name of the subject.
          namespace string | Namespace of the account.

        group authentication.k8s.io v1 io.k8s.api.authentication.v1

        kind TokenReview tokenreviews cluster review
        TokenReview | Asks whose a token is.
          spec TokenReviewSpec ! | The token.
          status TokenReviewStatus | The answer.

        TokenReviewSpec | A token.
          audiences [string] atomic | Whom the token must be for.
          token string | The token.

        TokenReviewStatus | Whose a token is.
          audiences [string] atomic | Whom it is for.
          authenticated bool | Whether it is valid.
          error string | Why it could not be checked.
          user UserInfo | Whose it is.

        UserInfo | An identity.
          extra {[string]} | Further facts.
          groups [string] atomic | Groups.
          uid string | Unique identity.
          username string | Name.

        kind SelfSubjectReview selfsubjectreviews cluster review
        SelfSubjectReview | Asks who one is.
          status SelfSubjectReviewStatus | The answer.

        SelfSubjectReviewStatus | Who one is.
          userInfo UserInfo | The identity.

        type TokenRequest
        TokenRequest | Asks for a token of a service account.
          spec TokenRequestSpec ! | Which token.
          status TokenRequestStatus | The token.

        TokenRequestSpec | Which token is asked for.
          audiences [string] atomic | Whom it is for.
          boundObjectRef BoundObjectReference | Object it ends with.
          expirationSeconds int64 =3600 | Seconds it is valid.

        BoundObjectReference | Object a token ends with.
          apiVersion string | Version of the object.
          kind string | Kind of the object.
          name string | Name of the object.
          uid string | Identity of the object.

        TokenRequestStatus | A token.
          expirationTimestamp time ! | Until when it is valid.
          token string ! | The token.

        group authorization.k8s.io v1 io.k8s.api.authorization.v1

        kind SubjectAccessReview subjectaccessreviews cluster review
        SubjectAccessReview | Asks whether somebody may do something.
          spec SubjectAccessReviewSpec ! | The question.
          status SubjectAccessReviewStatus | The answer.

        kind LocalSubjectAccessReview localsubjectaccessreviews review
        LocalSubjectAccessReview | Asks the same within a namespace.
          spec SubjectAccessReviewSpec ! | The question.
          status SubjectAccessReviewStatus | The answer.

        kind SelfSubjectAccessReview selfsubjectaccessreviews cluster review
        SelfSubjectAccessReview | Asks whether one may do something oneself.
          spec SelfSubjectAccessReviewSpec ! | The question.
          status SubjectAccessReviewStatus | The answer.

        kind SelfSubjectRulesReview selfsubjectrulesreviews cluster review
        SelfSubjectRulesReview | Asks for all one may do in a namespace.
          spec SelfSubjectRulesReviewSpec ! | The namespace.
          status SubjectRulesReviewStatus | The answer.

        SubjectAccessReviewSpec | A question about permissions.
          extra {[string]} | Further facts about the user.
          groups [string] atomic | Groups of the user.
          nonResourceAttributes NonResourceAttributes | A path.
          resourceAttributes ResourceAttributes | A resource.
          uid string | Identity of the user.
          user string | Name of the user.

        SelfSubjectAccessReviewSpec | A question about one's own permissions.
          nonResourceAttributes NonResourceAttributes | A path.
          resourceAttributes ResourceAttributes | A resource.

        SelfSubjectRulesReviewSpec | A namespace.
          namespace string | The namespace.

        NonResourceAttributes | A path and a verb.
          path string | Path.
          verb string | Verb.

        ResourceAttributes | A resource and a verb.
          fieldSelector any | Fields of the objects.
          group string | Group; * is all.
          labelSelector any | Labels of the objects.
          name string | Name; empty is all.
          namespace string | Namespace; empty is all.
          resource string | Resource; * is all.
          subresource string | Subresource.
          verb string | Verb.
          version string | Version; * is all.

        SubjectAccessReviewStatus | Whether it is allowed.
          allowed bool ! | It is allowed.
          denied bool | It is refused whatever others say.
          evaluationError string | What went wrong.
          reason string | Why.

        SubjectRulesReviewStatus | All that is allowed.
          evaluationError string | What went wrong.
          incomplete bool ! | There may be more.
          nonResourceRules [any] ! atomic | Paths.
          resourceRules [any] ! atomic | Resources.

        group certificates.k8s.io v1 io.k8s.api.certificates.v1

        kind CertificateSigningRequest certificatesigningrequests cluster short(csr) sub(status,approval) select(spec.signerName)
        CertificateSigningRequest | Asks for a certificate.
          spec CertificateSigningRequestSpec ! | What is asked for.
          status CertificateSigningRequestStatus | The answer.

        CertificateSigningRequestSpec | What is asked for.
          expirationSeconds int32 | Seconds it should be valid.
          extra {[string]} | Further facts about the requester.
          groups [string] atomic | Groups of the requester.
          request bytes ! | The request in PEM, in base64.
          signerName string ! | Who should sign.
          uid string | Identity of the requester.
          usages [string] atomic | What the key is for.
          username string | Name of the requester.

        CertificateSigningRequestStatus | The answer.
          certificate bytes | The certificate in PEM, in base64.
          conditions [PodCondition] key(type) | Approved, Denied, Failed.
        """
}
