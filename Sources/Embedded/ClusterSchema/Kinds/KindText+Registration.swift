extension KindText {
    /// Kinds that extend the server: webhooks, custom resources, aggregated APIs, events.k8s.io.
    static let registration = """
        group admissionregistration.k8s.io v1 io.k8s.api.admissionregistration.v1

        kind MutatingWebhookConfiguration mutatingwebhookconfigurations cluster gen
        MutatingWebhookConfiguration | Webhooks that may change objects before they are stored.
          webhooks [MutatingWebhook] key(name) | The webhooks.

        kind ValidatingWebhookConfiguration validatingwebhookconfigurations cluster gen
        ValidatingWebhookConfiguration | Webhooks that may refuse objects before they are stored.
          webhooks [ValidatingWebhook] key(name) | The webhooks.

        MutatingWebhook | A webhook that may change objects.
          admissionReviewVersions [string] ! atomic | Versions of AdmissionReview it reads.
          clientConfig WebhookClientConfig ! | How it is called.
          failurePolicy string =Fail in(Fail,Ignore) | What happens when it cannot be called.
          matchConditions [MatchCondition] key(name) | CEL conditions for calling it.
          matchPolicy string =Equivalent in(Exact,Equivalent) | Whether other versions count.
          name string ! | Full name of the webhook.
          namespaceSelector LabelSelector ={} | Namespaces it is for.
          objectSelector LabelSelector ={} | Objects it is for.
          reinvocationPolicy string =Never in(Never,IfNeeded) | Called again after others changed the object.
          rules [RuleWithOperations] atomic | Operations and resources it is for.
          sideEffects string ! in(None,NoneOnDryRun,Some,Unknown) | Whether it does anything else.
          timeoutSeconds int32 =10 min(1) max(30) | Seconds a call may take.

        ValidatingWebhook | A webhook that may refuse objects.
          admissionReviewVersions [string] ! atomic | Versions of AdmissionReview it reads.
          clientConfig WebhookClientConfig ! | How it is called.
          failurePolicy string =Fail in(Fail,Ignore) | What happens when it cannot be called.
          matchConditions [MatchCondition] key(name) | CEL conditions for calling it.
          matchPolicy string =Equivalent in(Exact,Equivalent) | Whether other versions count.
          name string ! | Full name of the webhook.
          namespaceSelector LabelSelector ={} | Namespaces it is for.
          objectSelector LabelSelector ={} | Objects it is for.
          rules [RuleWithOperations] atomic | Operations and resources it is for.
          sideEffects string ! in(None,NoneOnDryRun,Some,Unknown) | Whether it does anything else.
          timeoutSeconds int32 =10 min(1) max(30) | Seconds a call may take.

        WebhookClientConfig | How a webhook is called.
          caBundle bytes | Certificates that are trusted, PEM in base64.
          service ServiceReference | Service that answers.
          url string | Address that answers.

        ServiceReference | A service, its path and port.
          name string ! | Name of the service.
          namespace string ! | Namespace of the service.
          path string | Path.
          port int32 =443 min(1) max(65535) | Port of the service.

        MatchCondition | A CEL condition.
          expression string ! | The expression.
          name string ! | Its name.

        RuleWithOperations | Operations and resources.
          apiGroups [string] atomic | Groups; * is all.
          apiVersions [string] atomic | Versions; * is all.
          operations [string] atomic | CREATE, UPDATE, DELETE, CONNECT or *.
          resources [string] atomic | Resources such as pods or pods/status.
          scope string =* in(Cluster,Namespaced,*) | Cluster-wide or in namespaces.

        group apiextensions.k8s.io v1 io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1

        kind CustomResourceDefinition customresourcedefinitions cluster short(crd,crds) gen sub(status)
        CustomResourceDefinition | A kind that users add to the cluster.
          spec CustomResourceDefinitionSpec ! | The kind.
          status CustomResourceDefinitionStatus | State of it.

        CustomResourceDefinitionSpec | A custom kind.
          conversion CustomResourceConversion | How versions are converted.
          group string ! | Its group.
          names CustomResourceDefinitionNames ! | Its names.
          preserveUnknownFields bool | Unknown fields are kept; must be false.
          scope string ! in(Cluster,Namespaced) | Cluster-wide or in namespaces.
          versions [CustomResourceDefinitionVersion] ! atomic | Its versions.

        CustomResourceConversion | How versions are converted.
          strategy string ! in(None,Webhook) | None only changes apiVersion.
          webhook any | Webhook that converts.

        CustomResourceDefinitionNames | Names of a custom kind.
          categories [string] atomic | Groups of kinds such as all.
          kind string ! | Kind in CamelCase.
          listKind string | Kind of lists.
          plural string ! | Plural in URLs.
          shortNames [string] atomic | Short names for kubectl.
          singular string | Singular for kubectl.

        CustomResourceDefinitionVersion | One version of a custom kind.
          additionalPrinterColumns [CustomResourceColumnDefinition] atomic | Columns of kubectl get.
          deprecated bool | Users are warned.
          deprecationWarning string | What the warning says.
          name string ! | Name such as v1.
          schema CustomResourceValidation | What its objects look like.
          selectableFields [any] atomic | Fields for field selectors.
          served bool ! | Whether it is served.
          storage bool ! | Whether objects are stored in it; exactly one.
          subresources CustomResourceSubresources | status and scale.

        CustomResourceColumnDefinition | A column of kubectl get.
          description string | What it shows.
          format string | Format of the value.
          jsonPath string ! | Where the value is.
          name string ! | Title.
          priority int32 | Above 0 only in wide tables.
          type string ! | Type of the value.

        CustomResourceValidation | What objects look like.
          openAPIV3Schema any | Structural schema.

        CustomResourceSubresources | status and scale.
          scale CustomResourceSubresourceScale | Makes kubectl scale work.
          status any | Status is written apart from the rest.

        CustomResourceSubresourceScale | Where the numbers are.
          labelSelectorPath string | Selector as text.
          specReplicasPath string ! | Wanted number.
          statusReplicasPath string ! | Present number.

        CustomResourceDefinitionStatus | State of a custom kind.
          acceptedNames CustomResourceDefinitionNames | Names in effect.
          conditions [PodCondition] key(type) | Established, NamesAccepted ...
          observedGeneration int64 | Generation the status is about.
          storedVersions [string] atomic | Versions objects were stored in.

        group apiregistration.k8s.io v1 io.k8s.kube-aggregator.pkg.apis.apiregistration.v1

        kind APIService apiservices cluster cat(api-extensions) sub(status)
        APIService | A group that another server answers; stored, not served here.
          spec APIServiceSpec | The server.
          status APIServiceStatus | State of it.

        APIServiceSpec | Another server.
          caBundle bytes | Certificates that are trusted.
          group string | Group.
          groupPriorityMinimum int32 ! | Rank of the group.
          insecureSkipTLSVerify bool | No check of certificates.
          service any | Service that answers.
          version string | Version.
          versionPriority int32 ! | Rank of the version.

        APIServiceStatus | State of another server.
          conditions [PodCondition] key(type) | Available.

        group events.k8s.io v1 io.k8s.api.events.v1

        kind Event events short(ev) select(regarding.kind,regarding.namespace,regarding.name,regarding.uid,regarding.apiVersion,regarding.resourceVersion,regarding.fieldPath,reason,reportingController,type)
        Event | Something that happened to an object.
          action string | What was done.
          deprecatedCount int32 | How often, in the old form.
          deprecatedFirstTimestamp time | First time, in the old form.
          deprecatedLastTimestamp time | Last time, in the old form.
          deprecatedSource EventSource | Reporter, in the old form.
          eventTime microtime ! | When it happened first.
          note string | Details for people.
          reason string | One word why.
          regarding ObjectReference | Object it is about.
          related ObjectReference | Second object.
          reportingController string | Who reports it.
          reportingInstance string | Which instance of it.
          series EventSeries | Repetitions.
          type string | Normal or Warning.

        EventSeries | Repetitions of an event.
          count int32 ! | How often.
          lastObservedTime microtime ! | When it was last seen.
        """
}
