import ProxySnapshot

/// The steps of filling a snapshot, named so that the generator's kinds and the proxy's are not confused.
extension SnapshotBuilder {
    mutating func takeClusters(_ updates: [ResourceUpdate]) { _ = apply(.cluster, upserts: updates) }
    mutating func takeEndpoints(_ updates: [ResourceUpdate]) { _ = apply(.loadAssignment, upserts: updates) }
    mutating func takeListeners(_ updates: [ResourceUpdate]) { _ = apply(.listener, upserts: updates) }
    mutating func takeRoutes(_ updates: [ResourceUpdate]) { _ = apply(.routeConfiguration, upserts: updates) }
}
