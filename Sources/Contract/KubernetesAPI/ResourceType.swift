/// A kind of object as its URL and its objects name it: `deployments` of `apps/v1`, kind `Deployment`.
package struct ResourceType: Sendable, Hashable {
    /// Empty for the core group.
    package var group: String
    package var version: String
    /// The plural in URLs, lower case: `virtualservices`.
    package var plural: String
    package var kind: String
    package var isNamespaced: Bool

    package init(group: String, version: String, plural: String, kind: String, isNamespaced: Bool = true) {
        self.group = group
        self.version = version
        self.plural = plural
        self.kind = kind
        self.isNamespaced = isNamespaced
    }

    /// `v1` or `apps/v1`, as `apiVersion` is written.
    package var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }

    /// `deployments.apps`, as messages and CustomResourceDefinitions name it.
    package var groupResource: String { group.isEmpty ? plural : "\(plural).\(group)" }
}

extension ResourceType {
    package static let namespaces = core("namespaces", "Namespace", isNamespaced: false)
    package static let nodes = core("nodes", "Node", isNamespaced: false)
    package static let pods = core("pods", "Pod")
    package static let services = core("services", "Service")
    package static let endpoints = core("endpoints", "Endpoints")
    package static let serviceAccounts = core("serviceaccounts", "ServiceAccount")
    package static let configMaps = core("configmaps", "ConfigMap")
    package static let secrets = core("secrets", "Secret")
    package static let events = core("events", "Event")
    package static let endpointSlices = ResourceType(
        group: "discovery.k8s.io",
        version: "v1",
        plural: "endpointslices",
        kind: "EndpointSlice"
    )
    package static let deployments = apps("deployments", "Deployment")
    package static let replicaSets = apps("replicasets", "ReplicaSet")
    package static let statefulSets = apps("statefulsets", "StatefulSet")
    package static let daemonSets = apps("daemonsets", "DaemonSet")
    package static let controllerRevisions = apps("controllerrevisions", "ControllerRevision")
    package static let jobs = ResourceType(group: "batch", version: "v1", plural: "jobs", kind: "Job")
    package static let leases = ResourceType(
        group: "coordination.k8s.io",
        version: "v1",
        plural: "leases",
        kind: "Lease"
    )
    package static let customResourceDefinitions = ResourceType(
        group: "apiextensions.k8s.io",
        version: "v1",
        plural: "customresourcedefinitions",
        kind: "CustomResourceDefinition",
        isNamespaced: false
    )
    package static let mutatingWebhookConfigurations = ResourceType(
        group: "admissionregistration.k8s.io",
        version: "v1",
        plural: "mutatingwebhookconfigurations",
        kind: "MutatingWebhookConfiguration",
        isNamespaced: false
    )
    package static let validatingWebhookConfigurations = ResourceType(
        group: "admissionregistration.k8s.io",
        version: "v1",
        plural: "validatingwebhookconfigurations",
        kind: "ValidatingWebhookConfiguration",
        isNamespaced: false
    )

    private static func core(_ plural: String, _ kind: String, isNamespaced: Bool = true) -> ResourceType {
        ResourceType(group: "", version: "v1", plural: plural, kind: kind, isNamespaced: isNamespaced)
    }

    private static func apps(_ plural: String, _ kind: String) -> ResourceType {
        ResourceType(group: "apps", version: "v1", plural: plural, kind: kind)
    }
}
