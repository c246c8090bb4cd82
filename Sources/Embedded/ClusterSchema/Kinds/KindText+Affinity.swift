extension KindText {
    /// Where pods may and should be placed.
    static let affinity = """
        group "" v1 io.k8s.api.core.v1

        Affinity | Preferences and requirements for the node of a pod.
          nodeAffinity NodeAffinity | By labels of nodes.
          podAffinity PodAffinity | Near other pods.
          podAntiAffinity PodAntiAffinity | Away from other pods.

        NodeAffinity | Rules by labels of nodes.
          preferredDuringSchedulingIgnoredDuringExecution [PreferredSchedulingTerm] atomic | Preferences by weight.
          requiredDuringSchedulingIgnoredDuringExecution NodeSelector | Requirements.

        PreferredSchedulingTerm | A preference with its weight.
          preference NodeSelectorTerm ! | Nodes that are preferred.
          weight int32 ! min(1) max(100) | Weight of the preference.

        NodeSelector atomic | Nodes that match at least one term.
          nodeSelectorTerms [NodeSelectorTerm] ! atomic | Terms, any of which may match.

        NodeSelectorTerm atomic | Requirements that must all hold.
          matchExpressions [NodeSelectorRequirement] atomic | Requirements on labels.
          matchFields [NodeSelectorRequirement] atomic | Requirements on fields.

        NodeSelectorRequirement | One requirement on a node.
          key string ! | Label or field.
          operator string ! in(In,NotIn,Exists,DoesNotExist,Gt,Lt) | How values are compared.
          values [string] atomic | Values to compare with.

        PodAffinity | Rules to be near other pods.
          preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm] atomic | Preferences by weight.
          requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm] atomic | Requirements.

        PodAntiAffinity | Rules to be away from other pods.
          preferredDuringSchedulingIgnoredDuringExecution [WeightedPodAffinityTerm] atomic | Preferences by weight.
          requiredDuringSchedulingIgnoredDuringExecution [PodAffinityTerm] atomic | Requirements.

        WeightedPodAffinityTerm | A preference with its weight.
          podAffinityTerm PodAffinityTerm ! | Pods that are meant.
          weight int32 ! min(1) max(100) | Weight of the preference.

        PodAffinityTerm | Other pods and what near means.
          labelSelector LabelSelector | Pods that are meant.
          matchLabelKeys [string] atomic | Labels of the pod that must be equal.
          mismatchLabelKeys [string] atomic | Labels of the pod that must differ.
          namespaceSelector LabelSelector | Namespaces of those pods by label.
          namespaces [string] atomic | Namespaces of those pods by name.
          topologyKey string ! | Label of nodes that says what near means.
        """
}
