extension MeshSnapshot {
    /// What the ports of a workload accept, by its namespace and labels. Cost: linear in the PeerAuthentications of the
    /// namespace that have selectors.
    package func mutualTLS(namespace: String, labels: [String: String]) -> MutualTLSPolicy {
        peerAuthentications.policy(namespace: namespace, labels: labels)
    }

    /// What the ports of a proxy's own workload accept.
    package func mutualTLS(of node: ProxyNode) -> MutualTLSPolicy {
        mutualTLS(namespace: node.namespace, labels: labels(of: node))
    }

    /// What workloads of a namespace accept that have no policy of their own; the hint by which callers prepare (Istio
    /// `GetNamespaceMutualTLSMode`).
    package func namespaceMutualTLS(_ namespace: String) -> MutualTLSMode {
        peerAuthentications.namespacePolicy(namespace).mode
    }
}
