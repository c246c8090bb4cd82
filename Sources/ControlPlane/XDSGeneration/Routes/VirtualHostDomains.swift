import MeshModel

/// Hosts by which a service may be called (Istio `generateVirtualHostDomains`).
///
/// Ports are ignored when Envoy matches hosts, so the forms with a port are written only where a listener serves
/// every port.
struct VirtualHostDomains {
    /// Domains in order.
    var domains: [String] = []
    /// Those of `domains` that are abbreviations; the full name of another service goes before them.
    var abbreviations: Set<String> = []

    /// Domains of a service for a proxy whose short names end in `domain` (`ns.svc.cluster.local`).
    init(_ service: Service, addresses: [String], port: UInt32?, dnsDomain: String) {
        for host in [service.hostname] + service.aliases {
            domains += Self.forms(host.text, port: port)
            let alternatives = Self.abbreviations(of: host.text, dnsDomain: dnsDomain).flatMap { alternative in
                Self.forms(alternative, port: port)
            }
            domains += alternatives
            abbreviations.formUnion(alternatives)
        }
        if service.isHeadless { domains += domains.map { "*." + $0 } }
        for address in addresses where IPAddress.isValid(address) {
            guard address != IPAddress.unspecified && address != IPAddress.unspecifiedV6 else { continue }
            domains += Self.forms(address, port: port)
        }
    }

    /// A host that is no service of the registry.
    init(_ host: String, port: UInt32?) {
        domains = Self.forms(host, port: port)
    }

    /// A host, and with a port beside it when one is given.
    static func forms(_ host: String, port: UInt32?) -> [String] {
        let bracketed = IPAddress.bracketed(host)
        guard let port else { return [bracketed] }
        return [bracketed, "\(bracketed):\(port)"]
    }

    /// Shorter names of a host as the proxy's resolver would complete them, and the absolute form with its dot.
    static func abbreviations(of host: String, dnsDomain: String) -> [String] {
        guard !IPAddress.isValid(host) else { return [] }
        var result = host == "*" ? [] : [host + "."]
        if let boundary = dnsDomain.firstRange(of: ".svc.") {
            let suffix = dnsDomain[boundary.lowerBound...]
            guard host.hasSuffix(suffix), !host.hasPrefix("*") else { return result }
            let qualified = host.dropLast(suffix.count)
            let labels = qualified.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
            guard labels.count == 2 else { return result }
            if labels[1] == dnsDomain[..<boundary.lowerBound] {
                result += [String(labels[0]), "\(qualified).svc", String(qualified)]
            } else {
                result += [String(qualified), "\(qualified).svc"]
            }
            return result
        }
        let own = Array(host.split(separator: ".").reversed())
        let proxy = Array(dnsDomain.split(separator: ".").reversed())
        let shared = zip(own, proxy).prefix { $0 == $1 }.count
        guard shared > 0, shared < own.count else { return result }
        let unique = own[shared...].reversed().joined(separator: ".")
        result.append(unique)
        if own.count - shared == 2, let nearest = own.prefix(shared).last {
            result.append("\(unique).\(nearest)")
        }
        return result
    }
}
