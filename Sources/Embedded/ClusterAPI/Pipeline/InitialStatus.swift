import KubernetesAPI

/// The status that a new object begins with.
///
/// Kubernetes always writes the status of these kinds, with zeroes where its Go types have no pointer; typed clients
/// take its absence for an error.
enum InitialStatus {
    /// Nil for kinds without one: it appears with its first writer.
    static func of(_ type: ResourceType) -> JSONValue? {
        switch (type.group, type.plural) {
        case ("apps", "deployments"), ("batch", "jobs"), ("batch", "cronjobs"), ("", "resourcequotas"): [:]
        case ("apps", "replicasets"): ["replicas": 0]
        case ("apps", "statefulsets"): ["replicas": 0, "availableReplicas": 0]
        case ("apps", "daemonsets"):
            ["currentNumberScheduled": 0, "desiredNumberScheduled": 0, "numberMisscheduled": 0, "numberReady": 0]
        case ("", "services"), ("networking.k8s.io", "ingresses"): ["loadBalancer": [:]]
        case ("", "persistentvolumeclaims"): ["phase": "Pending"]
        case ("policy", "poddisruptionbudgets"):
            ["currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0]
        case ("autoscaling", "horizontalpodautoscalers"): ["currentReplicas": 0, "desiredReplicas": 0]
        default: nil
        }
    }
}
