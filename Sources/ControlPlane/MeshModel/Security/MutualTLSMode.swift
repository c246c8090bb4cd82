/// What a port of a workload accepts (Istio `model.MutualTLSMode`); nothing is left to inherit.
package enum MutualTLSMode: String, Sendable, Hashable, CaseIterable {
    /// Connections as they come; mutual TLS is not opened.
    case disable = "DISABLE"
    /// Mutual TLS and plaintext.
    case permissive = "PERMISSIVE"
    /// Mutual TLS alone.
    case strict = "STRICT"
}
