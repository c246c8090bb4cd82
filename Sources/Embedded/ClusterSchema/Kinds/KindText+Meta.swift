extension KindText {
    /// What all kinds share: metadata, selectors, conditions.
    static let meta = """
        group "" v1 io.k8s.apimachinery.pkg.apis.meta.v1

        ObjectMeta | What every stored object has: its name, owners, labels and history.
          annotations {string} | Texts by key for tools and people; not used to select objects.
          creationTimestamp time | When the server stored the object.
          deletionGracePeriodSeconds int64 | Seconds an object that is being deleted has to end by itself.
          deletionTimestamp time | When deletion was asked for; the object goes once its finalizers are gone.
          finalizers [string] set | Names of parties that must act before the object goes.
          generateName string | Prefix from which the server makes a unique name when name is empty.
          generation int64 | Counts changes of the desired state.
          labels {string} | Texts by key that select and group objects.
          managedFields [ManagedFieldsEntry] | Who set which fields, for server-side apply.
          name string | Name, unique among objects of this kind in the namespace.
          namespace string | Namespace the object lives in; empty for cluster-wide kinds.
          ownerReferences [OwnerReference] key(uid) | Objects this one belongs to; it goes when all of them are gone.
          resourceVersion string | Opaque version of the stored object, for optimistic concurrency and watches.
          selfLink string | No longer filled.
          uid string | Identity across time: a new object with an old name has a new uid.

        ManagedFieldsEntry | The fields one manager set with one operation.
          apiVersion string | Version the fields are written in.
          fieldsType string | Always FieldsV1.
          fieldsV1 object | Set of fields.
          manager string | Name of the writer.
          operation string | Apply or Update.
          subresource string | Subresource that was written; empty for the main one.
          time time | When the fields were set last.

        OwnerReference atomic | An object that owns this one.
          apiVersion string ! | Version of the owner.
          blockOwnerDeletion bool | Foreground deletion of the owner waits for this object.
          controller bool | The owner is the controller of this object.
          kind string ! | Kind of the owner.
          name string ! | Name of the owner.
          uid string ! | Identity of the owner.

        LabelSelector atomic | Selects objects by labels; all requirements must hold, an empty selector takes all.
          matchExpressions [LabelSelectorRequirement] atomic | Requirements by operator.
          matchLabels {string} | Labels with exactly these values.

        LabelSelectorRequirement | One requirement on a label.
          key string ! | Label the requirement is about.
          operator string ! in(In,NotIn,Exists,DoesNotExist) | How values are compared.
          values [string] atomic | Values for In and NotIn.

        Condition | One aspect of an object's state.
          lastTransitionTime time ! | When the status changed last.
          message string ! | Details for people.
          observedGeneration int64 | Generation the condition is about.
          reason string ! | One word why.
          status string ! in(True,False,Unknown) | Whether the condition holds.
          type string ! | Name of the condition.

        group "" v1 io.k8s.api.core.v1

        LocalObjectReference atomic | An object in the same namespace.
          name string | Name of the object.

        ObjectReference atomic | A reference to another object.
          apiVersion string | Version of the object.
          fieldPath string | Part of the object, such as spec.containers{web}.
          kind string | Kind of the object.
          name string | Name of the object.
          namespace string | Namespace of the object.
          resourceVersion string | Version the reference was made to.
          uid string | Identity of the object.

        TypedLocalObjectReference atomic | An object in the same namespace with its type.
          apiGroup string | Group of the object; empty is core.
          kind string ! | Kind of the object.
          name string ! | Name of the object.

        TypedObjectReference | An object with its type, possibly of another namespace.
          apiGroup string | Group of the object.
          kind string ! | Kind of the object.
          name string ! | Name of the object.
          namespace string | Namespace of the object.

        SecretReference atomic | A Secret by name and namespace.
          name string | Name of the Secret.
          namespace string | Namespace of the Secret.
        """
}
