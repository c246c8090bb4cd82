/// A workload outside Kubernetes, or an endpoint of a ServiceEntry (Istio `networking.v1alpha3.WorkloadEntry`).
package struct WorkloadEntry: Sendable, Hashable {
    /// IP address, DNS name or `unix:///path`; empty only with `network`.
    package var address = ""
    /// Port of the endpoint by the service port's name.
    package var ports: [String: UInt32] = [:]
    /// Labels.
    package var labels: [String: String] = [:]
    /// Network; empty for the default.
    package var network = ""
    /// `region/zone/subzone`; empty for none.
    package var locality = ""
    /// Weight in load balancing; 0 is 1.
    package var weight: UInt32 = 0
    /// Service account of the workload; empty for none.
    package var serviceAccount = ""
    /// Where the entry begins.
    package var source: SourceLocation?

    package init(address: String = "") {
        self.address = address
    }
}
