/// What happens after routing to a host (Istio `networking.v1alpha3.DestinationRule`).
package struct DestinationRule: Sendable, Hashable {
    /// Host from the service registry, short name (of the rule's namespace) or `*.x`.
    package var host = ""
    /// Policy for every subset and port.
    package var trafficPolicy: TrafficPolicy?
    /// Named versions of the host.
    package var subsets: [Subset] = []
    /// Namespaces that see the rule: `*`, `.` or names; empty takes the mesh-wide default.
    package var exportTo: [String] = []
    /// Calling workloads of the same namespace the rule is for; nil for all.
    package var workloadSelector: WorkloadSelector?

    package init() {}
}

/// A version of a host, chosen by labels (Istio `Subset`).
package struct Subset: Sendable, Hashable {
    /// Name, unique in the rule.
    package var name = ""
    /// Labels the endpoints must carry.
    package var labels: [String: String] = [:]
    /// Policy that overrides the rule's, field by field of the top level.
    package var trafficPolicy: TrafficPolicy?
    /// Where the subset begins.
    package var source: SourceLocation?

    package init(name: String = "", labels: [String: String] = [:]) {
        self.name = name
        self.labels = labels
    }
}
