package import ProxyBalancing
package import ProxySnapshot

extension HashTableStore {
    /// Builds the tables that workers will need for `cluster`, away from their loops.
    ///
    /// Hold the answer until all workers have taken the cluster: nothing else keeps the tables until then. Empty for
    /// clusters that do not balance by hash.
    package func tables(for cluster: Cluster, outliers: OutlierDetectors) -> [HashTable] {
        guard cluster.balancing.hashes else { return [] }
        var balancer = LoadBalancer(cluster: cluster, tables: self)
        let ejected = outliers.ejected(of: cluster)
        if !ejected.isEmpty {
            let endpoints = cluster.endpoints.endpoints
            balancer.setEjected(now: 0) { endpoints.indices.contains($0) && ejected.contains(endpoints[$0].address) }
        }
        return balancer.hashTables
    }
}
