/// Why the agent cannot start with what it was told.
package enum AgentConfigurationError: Error, Equatable, CustomStringConvertible {
    /// The node ID is not `TYPE~IP~POD.NAMESPACE~DOMAIN`.
    case nodeID(String)
    /// The metadata is not a JSON object.
    case metadata(reason: String)

    package var description: String {
        switch self {
        case .nodeID(let text):
            "the node ID '\(text)' is not of the form sidecar~IP~POD.NAMESPACE~NAMESPACE.svc.cluster.local"
        case .metadata(let reason):
            "the node metadata must be a JSON object: \(reason)"
        }
    }
}
