/// Whether callers of workloads must come with mutual TLS (Istio `security.v1beta1.PeerAuthentication`).
package struct PeerAuthentication: Sendable, Hashable {
    /// What connections must show (Istio `PeerAuthentication.MutualTLS.Mode`).
    package enum Mode: String, Sendable, Hashable, CaseIterable {
        /// As the level above says.
        case unset = "UNSET"
        case disable = "DISABLE"
        case permissive = "PERMISSIVE"
        case strict = "STRICT"
    }

    /// Workloads of the namespace; nil or without labels for all of them (of the mesh, in the root namespace).
    package var selector: WorkloadSelector?
    /// Mode of every port.
    package var mode: Mode = .unset
    /// Modes by port of the workload, 1...65535 once validated; they stand before `mode`.
    package var portLevelMtls: [UInt32: Mode] = [:]

    package init() {}

    /// Whether it chooses workloads by their labels, rather than all of a namespace.
    package var selectsWorkloads: Bool { selector.map { !$0.labels.isEmpty } ?? false }
}
