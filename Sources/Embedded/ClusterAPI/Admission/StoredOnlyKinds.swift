import KubernetesAPI

/// Kinds of Kubernetes that are kept and shown, so that manifests with them apply, and that nothing here acts on.
enum StoredOnlyKinds {
    /// What whoever makes such an object is told; nil when the kind does what it says.
    static func warning(_ type: ResourceType) -> String? {
        guard let words = words[type.group]?[type.plural] else { return nil }
        return "\(type.kind) is only stored by the embedded cluster: \(words)"
    }

    /// By group and plural.
    private static let words: [String: [String: String]] = [
        "": [
            "limitranges": "no limits are checked or set",
            "persistentvolumeclaims": "there are no persistent volumes, use emptyDir",
            "resourcequotas": "no quota is enforced",
        ],
        "apiregistration.k8s.io": ["apiservices": "no other API is asked"],
        "autoscaling": ["horizontalpodautoscalers": "it changes no replicas, use kubectl scale"],
        "batch": ["cronjobs": "its schedule makes no Jobs, use kubectl create job --from=cronjob/NAME"],
        "certificates.k8s.io": ["certificatesigningrequests": "nothing is signed"],
        "networking.k8s.io": [
            "ingressclasses": "Ingresses lead nowhere",
            "ingresses": "it leads nowhere, use a Gateway and a VirtualService",
            "networkpolicies": "no traffic is held back",
        ],
        "policy": ["poddisruptionbudgets": "no eviction is held back"],
        "scheduling.k8s.io": ["priorityclasses": "there is one node, and no pod gives way to another"],
        "storage.k8s.io": ["storageclasses": "there are no persistent volumes, use emptyDir"],
    ]
}
