import KubernetesAPI

/// What injection adds to a pod, before the pod's own wishes are applied.
struct PodTemplate: Sendable, Hashable {
    /// The templates there are (`inject.istio.io/templates`).
    enum Name: String, Sendable, CaseIterable {
        /// A proxy beside an application, with capture of its traffic.
        case sidecar
        /// A proxy that is the application: an ingress or egress gateway.
        case gateway

        static var list: String { allCases.map(\.rawValue).joined(separator: ", ") }
    }

    var labels: [String: String] = [:]
    var annotations: [String: String] = [:]
    var initContainers: [JSONValue] = []
    var containers: [JSONValue] = []
    var volumes: [JSONValue] = []
    var imagePullSecrets: [JSONValue] = []
    /// `spec.securityContext`, where the pod has none of these members.
    var securityContext: JSONValue = [:]
}
