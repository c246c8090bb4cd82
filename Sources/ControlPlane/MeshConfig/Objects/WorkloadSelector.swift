/// Chooses workloads by their labels (Istio `WorkloadSelector`); no labels chooses every workload of the namespace.
package struct WorkloadSelector: Sendable, Hashable {
    /// Labels, all of which must match.
    package var labels: [String: String] = [:]

    package init(labels: [String: String] = [:]) {
        self.labels = labels
    }
}
