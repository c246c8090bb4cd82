package import ProxySnapshot

/// All that a hashing balancer's table of one priority is made from: equal inputs give equal tables.
package struct HashTableInput: Sendable, Hashable {
    /// One endpoint that may be chosen.
    package struct Member: Sendable, Hashable {
        /// Its position in `LoadAssignment.endpoints`.
        package var index: Int
        /// What is hashed for it.
        package var address: EndpointAddress
        /// Its share; those of a table add up to 1.
        package var weight: Double

        package init(index: Int, address: EndpointAddress, weight: Double) {
            self.index = index
            self.address = address
            self.weight = weight
        }
    }

    /// The form of the table and its size.
    package enum Shape: Sendable, Hashable {
        case ring(minimumSize: UInt64, maximumSize: UInt64)
        case maglev(tableSize: UInt64)
    }

    package let shape: Shape
    package let members: [Member]

    package init(_ shape: Shape, _ members: [Member]) {
        self.shape = shape
        self.members = members
    }

    /// The endpoints of one priority that `isWanted`; `nil` if the policy does not hash.
    ///
    /// Weighted localities count by their whole weight however many of their endpoints are there, as in Envoy.
    init?(
        _ localities: [LocalityEndpoints],
        of cluster: Cluster,
        loads: [EndpointLoad],
        where isWanted: (EndpointLoad) -> Bool
    ) {
        switch cluster.balancing {
        case .ringHash(let minimum, let maximum): shape = .ring(minimumSize: minimum, maximumSize: maximum)
        case .maglev(let size): shape = .maglev(tableSize: size)
        case .roundRobin, .leastRequest, .random, .clusterProvided: return nil
        }
        var members: [Member] = []
        func add(_ indices: [Int], share: Double) {
            let total = Double(indices.reduce(UInt64(0)) { $0 &+ UInt64(loads[$1].endpoint.weight) })
            for index in indices {
                let endpoint = loads[index].endpoint
                let weight = Double(endpoint.weight) * share / total
                members.append(Member(index: index, address: endpoint.address, weight: weight))
            }
        }
        if cluster.isLocalityWeighted {
            let sum = Double(localities.reduce(UInt64(0)) { $0 &+ UInt64($1.weight ?? 0) })
            for locality in localities {
                guard let weight = locality.weight, weight > 0 else { continue }
                add(locality.range.filter { isWanted(loads[$0]) }, share: Double(weight) / sum)
            }
        } else {
            add(localities.flatMap { $0.range.filter { isWanted(loads[$0]) } }, share: 1)
        }
        self.members = members
    }
}

extension EndpointAddress {
    /// The bytes that stand for the endpoint in a table: `1.2.3.4:80`, `[::1]:80` or a path.
    var hashKey: ContiguousArray<UInt8> {
        switch self {
        case .socket(let value): ContiguousArray("\(value)".utf8)
        case .name(let host, let port): ContiguousArray("\(host):\(port)".utf8)
        case .pipe(let path): ContiguousArray(path.utf8)
        }
    }
}
