/// Why the agent cannot start with what it was told.
package enum AgentConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The node ID is not `TYPE~IP~POD.NAMESPACE~DOMAIN`.
    case nodeID(String)
    /// The metadata is not a JSON object.
    case metadata(reason: String)
    /// Variables that name the pod are not set.
    case environment(missing: [String])
    /// The control plane's address is not HOST:PORT.
    case discoveryAddress(String)
    /// What is said of the workload's identity contradicts itself or makes none.
    case identity(reason: String)

    package var description: String {
        switch self {
        case .nodeID(let text):
            "the node ID '\(text)' is not of the form sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local"
        case .metadata(let reason):
            "the node metadata must be a JSON object: \(reason)"
        case .identity(let reason): reason
        case .discoveryAddress(let text): "the discoveryAddress '\(text)' is not HOST:PORT"
        case .environment(let missing):
            "\(missing.joined(separator: ", ")) must be set: the injection takes it from the pod's fields"
        }
    }
}
