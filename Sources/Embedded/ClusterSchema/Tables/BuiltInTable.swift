import KubernetesAPI

/// The columns and cells of built-in kinds, as kubectl's own printers show them.
enum BuiltInTable {
    /// Title with `*` at its end: only in wide tables.
    static func columns(of type: ResourceType) -> [PrinterColumn] {
        titles(of: type).map { title in
            title.hasSuffix("*")
                ? PrinterColumn(String(title.dropLast()), type: columnType(title), priority: 1)
                : PrinterColumn(title, type: columnType(title))
        }
    }

    private static func columnType(_ title: String) -> String {
        switch title {
        case "Desired", "Current", "Up-To-Date", "Available", "Data", "Secrets", "Webhooks", "MinPods", "MaxPods",
            "Replicas":
            "integer"
        default: "string"
        }
    }

    private static func titles(of type: ResourceType) -> [String] {
        switch (type.group, type.kind) {
        case ("", "Pod"):
            ["Ready", "Status", "Restarts", "Age", "IP*", "Node*", "Nominated Node*", "Readiness Gates*"]
        case ("", "Service"): ["Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector*"]
        case ("", "Namespace"): ["Status", "Age"]
        case ("", "Node"):
            [
                "Status", "Roles", "Age", "Version", "Internal-IP*", "External-IP*", "OS-Image*", "Kernel-Version*",
                "Container-Runtime*",
            ]
        case ("", "ConfigMap"): ["Data", "Age"]
        case ("", "Secret"): ["Type", "Data", "Age"]
        case ("", "ServiceAccount"): ["Secrets", "Age"]
        case ("", "Endpoints"): ["Endpoints", "Age"]
        case ("", "PersistentVolumeClaim"):
            ["Status", "Volume", "Capacity", "Access Modes", "StorageClass", "Age", "VolumeMode*"]
        case ("", "Event"), ("events.k8s.io", "Event"):
            [
                "Last Seen", "Type", "Reason", "Object", "Subobject*", "Source*", "Message", "First Seen*", "Count*",
                "Name*",
            ]
        case ("apps", "Deployment"):
            ["Ready", "Up-To-Date", "Available", "Age", "Containers*", "Images*", "Selector*"]
        case ("apps", "ReplicaSet"): ["Desired", "Current", "Ready", "Age", "Containers*", "Images*", "Selector*"]
        case ("apps", "StatefulSet"): ["Ready", "Age", "Containers*", "Images*"]
        case ("apps", "DaemonSet"):
            [
                "Desired", "Current", "Ready", "Up-To-Date", "Available", "Node Selector", "Age", "Containers*",
                "Images*",
                "Selector*",
            ]
        case ("apps", "ControllerRevision"): ["Controller", "Revision", "Age"]
        case ("batch", "Job"): ["Status", "Completions", "Duration", "Age", "Containers*", "Images*", "Selector*"]
        case ("batch", "CronJob"):
            [
                "Schedule", "Timezone", "Suspend", "Active", "Last Schedule", "Age", "Containers*", "Images*",
                "Selector*",
            ]
        case ("discovery.k8s.io", "EndpointSlice"): ["AddressType", "Ports", "Endpoints", "Age"]
        case ("networking.k8s.io", "Ingress"): ["Class", "Hosts", "Address", "Ports", "Age"]
        case ("networking.k8s.io", "IngressClass"): ["Controller", "Parameters", "Age"]
        case ("networking.k8s.io", "NetworkPolicy"): ["Pod-Selector", "Age"]
        case ("autoscaling", "HorizontalPodAutoscaler"):
            ["Reference", "Targets", "MinPods", "MaxPods", "Replicas", "Age"]
        case ("policy", "PodDisruptionBudget"): ["Min Available", "Max Unavailable", "Allowed Disruptions", "Age"]
        case ("coordination.k8s.io", "Lease"): ["Holder", "Age"]
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): ["Created At"]
        case ("admissionregistration.k8s.io", _): ["Webhooks", "Age"]
        case ("rbac.authorization.k8s.io", "Role"), ("rbac.authorization.k8s.io", "ClusterRole"): ["Created At"]
        case ("rbac.authorization.k8s.io", _): ["Role", "Age", "Users*", "Groups*", "ServiceAccounts*"]
        case ("scheduling.k8s.io", "PriorityClass"): ["Value", "Global-Default", "Age", "PreemptionPolicy"]
        case ("storage.k8s.io", "StorageClass"):
            ["Provisioner", "ReclaimPolicy", "VolumeBindingMode", "AllowVolumeExpansion", "Age"]
        case ("certificates.k8s.io", _): ["Age", "SignerName", "Requestor", "RequestedDuration", "Condition"]
        case ("apiregistration.k8s.io", _): ["Service", "Available", "Age"]
        default: ["Age"]
        }
    }

    /// The cells after the name, one per column.
    static func cells(_ object: KubernetesObject, _ type: ResourceType, now: Int64) -> [JSONValue] {
        let row = ObjectRow(object: object.json, now: now)
        return switch (type.group, type.kind) {
        case ("", "Pod"): PodRow(row).cells
        case ("", "Service"): row.service
        case ("", "Namespace"): [row.text(["status", "phase"]), row.age]
        case ("", "Node"): row.node
        case ("", "ConfigMap"): [.integer(Int64(row.count("data") + row.count("binaryData"))), row.age]
        case ("", "Secret"): [row.text(["type"]), .integer(Int64(row.count("data"))), row.age]
        case ("", "ServiceAccount"): [.integer(Int64(row.count("secrets"))), row.age]
        case ("", "Endpoints"): [.string(row.endpoints), row.age]
        case ("", "PersistentVolumeClaim"): row.claim
        case ("", "Event"), ("events.k8s.io", "Event"): row.event
        case ("apps", "Deployment"): row.deployment
        case ("apps", "ReplicaSet"): row.replicaSet
        case ("apps", "StatefulSet"): row.statefulSet
        case ("apps", "DaemonSet"): row.daemonSet
        case ("apps", "ControllerRevision"): row.controllerRevision
        case ("batch", "Job"): row.job
        case ("batch", "CronJob"): row.cronJob
        case ("discovery.k8s.io", "EndpointSlice"): row.endpointSlice
        case ("networking.k8s.io", "Ingress"): row.ingress
        case ("networking.k8s.io", "IngressClass"): [row.text(["spec", "controller"]), "<none>", row.age]
        case ("networking.k8s.io", "NetworkPolicy"): [row.selector(["spec", "podSelector"]), row.age]
        case ("autoscaling", "HorizontalPodAutoscaler"): row.autoscaler
        case ("policy", "PodDisruptionBudget"):
            [
                row.text(["spec", "minAvailable"], "N/A"), row.text(["spec", "maxUnavailable"], "N/A"),
                row.number(["status", "disruptionsAllowed"]), row.age,
            ]
        case ("coordination.k8s.io", "Lease"): [row.text(["spec", "holderIdentity"]), row.age]
        case ("apiextensions.k8s.io", "CustomResourceDefinition"), ("rbac.authorization.k8s.io", "Role"),
            ("rbac.authorization.k8s.io", "ClusterRole"):
            [.string(object.creationTimestamp ?? "<unknown>")]
        case ("admissionregistration.k8s.io", _): [.integer(Int64(row.count("webhooks"))), row.age]
        case ("rbac.authorization.k8s.io", _): row.binding
        case ("scheduling.k8s.io", "PriorityClass"):
            [
                row.number(["value"]), .bool(row.object["globalDefault"]?.bool ?? false), row.age,
                row.text(["preemptionPolicy"]),
            ]
        case ("storage.k8s.io", "StorageClass"):
            [
                row.text(["provisioner"]), row.text(["reclaimPolicy"]), row.text(["volumeBindingMode"]),
                .bool(row.object["allowVolumeExpansion"]?.bool ?? false), row.age,
            ]
        case ("certificates.k8s.io", _): row.signingRequest
        case ("apiregistration.k8s.io", _): ["Local", "False", row.age]
        default: [row.age]
        }
    }
}
