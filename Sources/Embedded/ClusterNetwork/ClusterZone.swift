package import DNSWire
package import KubernetesAPI

/// What cluster DNS knows of its own: the zone `cluster.local` and the reverse zones of the cluster's addresses
/// (Kubernetes DNS-Based Service Discovery 1.1.0).
package struct ClusterZone: Sendable {
    /// What the zone says to one question.
    package enum Answer: Sendable, Hashable {
        case records([DNSRecord], additionals: [DNSRecord])
        /// The name is an alias for a name outside: the records so far, and the name to ask others about.
        case alias([DNSRecord], target: DomainName)
        /// The name is there, records of the type are not.
        case noData(DNSStartOfAuthority, zone: DomainName)
        /// NXDOMAIN.
        case noName(DNSStartOfAuthority, zone: DomainName)
        /// Not a name of this cluster.
        case outside
    }

    /// Seconds of all records.
    package static let timeToLive: UInt32 = 5

    private let domain: DomainName
    private let reverseZones: [DomainName]
    private let authority: DNSStartOfAuthority
    private var records: [DomainName: [DNSRecordData]] = [:]
    /// Names without records that have names below them.
    private var parents: Set<DomainName> = []

    /// Objects whose names cannot be domain names are left out.
    package init(
        services: [KubernetesObject],
        slices: [KubernetesObject],
        pods: [KubernetesObject],
        addresses: ClusterAddresses = ClusterAddresses(),
        domain: DomainName = .cluster
    ) {
        self.domain = domain
        authority = DNSStartOfAuthority(
            primary: domain.child("dns", "ns"),
            responsible: domain.child("hostmaster"),
            serial: 1,
            refresh: 7200,
            retry: 1800,
            expire: 86400,
            minimum: Self.timeToLive
        )
        reverseZones = [addresses.pods, addresses.services, addresses.loadBalancers].map { range in
            Self.reverse(range.first, labels: max(1, Int(range.prefixLength) / 8))
        }
        add(.soa(authority), at: domain)
        add(.ns(authority.primary), at: domain)
        add(.a(addresses.nameserver.number), at: authority.primary)
        add(.txt([Array("1.1.0".utf8)]), at: domain.child("dns-version"))
        parents.insert(domain.child("svc"))
        parents.insert(domain.child("pod"))
        for zone in reverseZones { add(.soa(authority), at: zone) }
        let bySlice = Dictionary(grouping: slices) { slice in
            ObjectName(namespace: slice.namespace, name: slice.labels["kubernetes.io/service-name"] ?? "")
        }
        let byPod = Dictionary(pods.map { ($0.objectName, $0) }, uniquingKeysWith: { first, _ in first })
        for service in services { add(service, bySlice[service.objectName] ?? [], byPod) }
        for pod in pods {
            guard let address = pod["status", "podIP"]?.string.flatMap({ IPv4Address($0) }),
                !["Succeeded", "Failed"].contains(pod["status", "phase"]?.string ?? "")
            else { continue }
            let name = domain.child("pod", pod.namespace, Self.dashed(address))
            if name != domain { add(.a(address.number), at: name) }
        }
    }

    private mutating func add(
        _ service: KubernetesObject,
        _ slices: [KubernetesObject],
        _ pods: [ObjectName: KubernetesObject]
    ) {
        let name = domain.child("svc", service.namespace, service.name)
        guard name != domain else { return }
        if service["spec", "type"]?.string == "ExternalName" {
            let target = service["spec", "externalName"]?.string ?? ""
            if let address = IPv4Address(target) {
                add(.a(address.number), at: name)
            } else if let target = DomainName(target) {
                add(.cname(target), at: name)
            }
            return
        }
        if let address = service["spec", "clusterIP"]?.string.flatMap({ IPv4Address($0) }) {
            add(.a(address.number), at: name)
            add(.ptr(name), at: Self.reverse(address, labels: 4))
            for port in service["spec", "ports"]?.array ?? [] { addPort(port, of: name, target: name) }
            return
        }
        guard service["spec", "clusterIP"]?.string == "None" else { return }
        // A headless Service has a name even while it has no endpoints.
        parents.insert(name)
        let showsAll = service["spec", "publishNotReadyAddresses"]?.bool ?? false
        for slice in slices where slice["addressType"]?.string == "IPv4" {
            for endpoint in slice["endpoints"]?.array ?? [] {
                guard showsAll || endpoint[path: ["conditions", "ready"]]?.bool ?? true,
                    let address = endpoint["addresses"]?.array?.first?.string.flatMap({ IPv4Address($0) })
                else { continue }
                let pod = endpoint[path: ["targetRef", "name"]]?.string.flatMap {
                    pods[ObjectName(namespace: service.namespace, name: $0)]
                }
                let ofPod = pod?["spec", "subdomain"]?.string == service.name ? pod?["spec", "hostname"]?.string : nil
                let hostname = endpoint["hostname"]?.string ?? ofPod
                let host = name.child(hostname ?? Self.dashed(address))
                guard host != name else { continue }
                add(.a(address.number), at: name)
                add(.a(address.number), at: host)
                if hostname != nil { add(.ptr(host), at: Self.reverse(address, labels: 4)) }
                for port in slice["ports"]?.array ?? [] { addPort(port, of: name, target: host) }
            }
        }
    }

    /// Ports without a name have no SRV record.
    private mutating func addPort(_ port: JSONValue, of service: DomainName, target: DomainName) {
        guard let number = port["port"]?.integer.flatMap({ UInt16(exactly: $0) }), let name = port["name"]?.string,
            !name.isEmpty
        else { return }
        let transport = (port["protocol"]?.string ?? "TCP").lowercased()
        add(
            .srv(priority: 0, weight: 100, port: number, target: target),
            at: service.child("_" + transport, "_" + name)
        )
    }

    private mutating func add(_ data: DNSRecordData, at name: DomainName) {
        var present = records[name] ?? []
        guard !present.contains(data) else { return }
        present.append(data)
        records[name] = present
        var labels = name.labels.dropFirst()
        while labels.count > domain.labels.count, let parent = DomainName(labels: Array(labels)) {
            guard parents.insert(parent).inserted else { return }
            labels = labels.dropFirst()
        }
    }

    private static func dashed(_ address: IPv4Address) -> String {
        address.bytes.map(String.init).joined(separator: "-")
    }

    private static func reverse(_ address: IPv4Address, labels count: Int) -> DomainName {
        address.bytes.prefix(count).reduce(DomainName.root.child("arpa", "in-addr")) { $0.child(String($1)) }
    }
}

extension ClusterZone {
    /// What to say to a question; aliases inside the zone are followed.
    package func answer(_ question: DNSQuestion) -> Answer {
        guard let zone = ([domain] + reverseZones).first(where: question.name.isWithin) else { return .outside }
        guard question.questionClass == 1 || question.questionClass == 255 else {
            return .noData(authority, zone: zone)
        }
        var name = question.name
        var answers: [DNSRecord] = []
        // Aliases may go in a circle.
        for _ in 0..<8 {
            guard let present = records[name] else {
                if !answers.isEmpty { return .records(answers, additionals: []) }
                return parents.contains(name) ? .noData(authority, zone: zone) : .noName(authority, zone: zone)
            }
            let wanted = present.filter { question.type == .any || $0.type == question.type }
            if !wanted.isEmpty {
                answers += wanted.map { DNSRecord(name, timeToLive: Self.timeToLive, $0) }
                return .records(answers, additionals: targets(of: wanted))
            }
            guard case .cname(let target)? = present.first(where: { $0.type == .cname }) else {
                return answers.isEmpty ? .noData(authority, zone: zone) : .records(answers, additionals: [])
            }
            answers.append(DNSRecord(name, timeToLive: Self.timeToLive, .cname(target)))
            guard target.isWithin(domain) else { return .alias(answers, target: target) }
            name = target
        }
        return .records(answers, additionals: [])
    }

    /// Addresses that spare the asker of SRV records a second question.
    private func targets(of data: [DNSRecordData]) -> [DNSRecord] {
        var seen: Set<DomainName> = []
        return data.flatMap { data -> [DNSRecord] in
            guard case .srv(_, _, _, let target) = data, seen.insert(target).inserted else { return [] }
            return (records[target] ?? []).filter { $0.type == .a }.map {
                DNSRecord(target, timeToLive: Self.timeToLive, $0)
            }
        }
    }
}

extension DomainName {
    /// The name below, its labels from the right on; itself when a label cannot be one.
    func child(_ names: String...) -> DomainName {
        DomainName(labels: names.reversed().map { Array($0.utf8) } + labels) ?? self
    }
}

extension DomainName {
    /// `cluster.local`.
    package static var cluster: DomainName { DomainName.root.child("local", "cluster") }
}
