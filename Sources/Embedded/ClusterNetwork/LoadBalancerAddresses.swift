import KubernetesAPI

/// Which Services of type LoadBalancer still want an address, and which keep one they should not have.
struct LoadBalancerAddresses {
    var range: IPv4Range

    /// The `status.loadBalancer` to write, in order of age; `[:]` takes the addresses away.
    ///
    /// A Service keeps the address it has. `spec.loadBalancerIP` is honoured when it is free. A Service with a
    /// `spec.loadBalancerClass` belongs to somebody else.
    func changes(for services: [KubernetesObject]) -> [(service: KubernetesObject, status: JSONValue)] {
        var used: Set<IPv4Address> = []
        var wanting: [KubernetesObject] = []
        var changes: [(service: KubernetesObject, status: JSONValue)] = []
        let order = services.sorted {
            ($0.creationTimestamp ?? "", $0.objectName.description)
                < ($1.creationTimestamp ?? "", $1.objectName.description)
        }
        for service in order where service["spec", "loadBalancerClass"]?.string == nil {
            let ingress = service["status", "loadBalancer", "ingress"]?.array ?? []
            let isBalanced = service["spec", "type"]?.string == "LoadBalancer" && service.deletionTimestamp == nil
            let present = ingress.compactMap { $0["ip"]?.string.flatMap { IPv4Address($0) } }.filter(range.contains)
            switch (isBalanced, present.first) {
            case (true, let address?) where used.insert(address).inserted: break
            case (true, _): wanting.append(service)
            case (false, .some): changes.append((service, [:]))
            case (false, nil): break
            }
        }
        var next = range.first.number &+ 1
        for service in wanting {
            let wish = service["spec", "loadBalancerIP"]?.string.flatMap { IPv4Address($0) }
            var address = wish.flatMap { range.contains($0) && !used.contains($0) ? $0 : nil }
            while address == nil, next < range.last.number {
                let candidate = IPv4Address(number: next)
                if !used.contains(candidate) { address = candidate }
                next &+= 1
            }
            guard let address else { break }
            used.insert(address)
            changes.append((service, ["ingress": [["ip": .string(address.description), "ipMode": "VIP"]]]))
        }
        return changes
    }
}
