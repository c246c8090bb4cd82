import MeshConfig
package import MeshModel

/// Turns `--from POD.NAMESPACE` and a URL into a proxy and a call, as DNS and capture would.
///
/// A pod that a Gateway selects is a router, and the call one that it gets.
package struct CallerResolution: Sendable {
    package let node: ProxyNode
    package let call: SimulatedCall
    /// What was assumed.
    package let notes: [String]

    /// Why the words name no call.
    package enum Failure: Error, Equatable, CustomStringConvertible {
        case badCaller(String)
        case badURL(String)

        package var description: String {
            switch self {
            case .badCaller(let text): "--from \(text): must be POD.NAMESPACE"
            case .badURL(let text): "\"\(text)\" is not a URL such as http://reviews:9080/path"
            }
        }
    }

    package init(
        from caller: String,
        method: String,
        url: String,
        headers: [(name: String, value: String)],
        in configuration: SimulatedConfiguration
    ) throws(Failure) {
        guard let dot = caller.lastIndex(of: "."), dot != caller.startIndex, caller.last != "." else {
            throw .badCaller(caller)
        }
        let namespace = String(caller[caller.index(after: dot)...])
        var notes: [String]
        (node, notes) = Self.proxy(of: String(caller[..<dot]), namespace: namespace, in: configuration)
        guard let target = URLParts(url) else { throw .badURL(url) }
        var call = SimulatedCall()
        call.method = method
        call.path = target.path
        call.port = target.port
        call.headers = ["Host": [target.authority]]
        if target.scheme == "https" {
            call.tls = .tls
            call.sni = target.host
            call.alpn = "http/1.1"
        }
        for (name, value) in headers {
            if name.lowercased() == "host" {
                call.headers?["Host"] = [value]
            } else {
                call.headers?[name, default: []].append(value)
            }
        }
        if node.kind == .router {
            call.mode = .gateway
            call.address = node.ipAddresses.first
            let ports = configuration.mesh.scopeKey(for: node).targetPorts
            call.port = ports[UInt32(target.port)].flatMap { UInt16(exactly: $0) } ?? target.port
        } else {
            call.address = Self.address(of: target.host, port: target.port, namespace, configuration.mesh, &notes)
        }
        self.call = call
        self.notes = notes
    }

    /// The proxy beside a pod, and what was assumed: the pod of that name, of a Deployment of that name, or of the label
    /// `app`; one is made up where there is none.
    package static func proxy(
        of pod: String,
        namespace: String,
        in configuration: SimulatedConfiguration
    ) -> (node: ProxyNode, notes: [String]) {
        var notes: [String] = []
        let node = node(pod, namespace, configuration, &notes)
        return (node, notes)
    }

    private static func node(
        _ pod: String,
        _ namespace: String,
        _ configuration: SimulatedConfiguration,
        _ notes: inout [String]
    ) -> ProxyNode {
        let pods = configuration.objects.values.compactMap { object -> Resource<PodSpec>? in
            guard case .pod(let resource) = object, resource.namespace == namespace else { return nil }
            return resource
        }.sorted { $0.name < $1.name }
        let found =
            pods.first { $0.name == pod } ?? pods.first { $0.name.hasPrefix("\(pod)-") }
            ?? pods.first { $0.metadata.labels["app"] == pod }
        let domain = configuration.mesh.cluster.domain
        if found == nil {
            notes.append("there is no pod \(pod).\(namespace); one with the label app=\(pod) is made up")
        }
        if let found, found.spec.podIP.isEmpty { notes.append("pod \(found.name) has no address; taking 192.0.2.1") }
        // TEST-NET-1 is nobody's address, so such a caller stands behind no service.
        let address = found.map(\.spec.podIP).flatMap { $0.isEmpty ? nil : $0 } ?? "192.0.2.1"
        var node = ProxyNode(
            kind: .sidecar,
            id: "\(found?.name ?? pod).\(namespace)",
            ipAddresses: [address],
            namespace: namespace,
            dnsDomain: "\(namespace).svc.\(domain)",
            labels: found?.metadata.labels ?? ["app": pod]
        )
        node.metadata = metadata(of: found?.metadata.annotations ?? [:], configuration)
        let isSelected = configuration.mesh.gateways(for: node).contains { !$0.spec.selector.isEmpty }
        if found != nil, isSelected { node.kind = .router }
        return node
    }

    /// What a sidecar says of itself for the sake of `proxyMetadata`: the mesh's, and the pod's over it.
    private static func metadata(
        of annotations: [String: String],
        _ configuration: SimulatedConfiguration
    ) -> [String: NodeValue] {
        let written = annotations["proxy.istio.io/config"] ?? ""
        let text = "defaultConfig:\n" + written.split(separator: "\n").map { "  \($0)\n" }.joined()
        let source = MeshConfigurationSource(text: text, file: "proxy.istio.io/config")
        let mesh = configuration.mesh.mesh
        let own = written.isEmpty ? mesh : MeshConfiguration.decode(source, over: mesh).configuration ?? mesh
        var metadata: [String: NodeValue] = [:]
        for (name, value) in own.defaultConfig.proxyMetadata where name.hasPrefix("ISTIO_META_") {
            metadata[String(name.dropFirst("ISTIO_META_".count))] = .string(value)
        }
        return metadata
    }

    /// The address the caller's DNS gives: the service's, its first endpoint's if it is headless, or one outside.
    private static func address(
        of host: String,
        port: UInt16,
        _ namespace: String,
        _ mesh: MeshSnapshot,
        _ notes: inout [String]
    ) -> String {
        if host.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) || host.contains(":") {
            return host
        }
        let domain = mesh.cluster.domain
        for suffix in ["", ".\(namespace).svc.\(domain)", ".svc.\(domain)", ".\(domain)"] {
            guard let service = mesh.service(Hostname(host + suffix), visibleTo: namespace) else { continue }
            if let address = service.effectiveAddresses.first(where: { !$0.contains("/") }) { return address }
            if let endpoint = mesh.endpoints(of: service, port: UInt32(port)).first {
                return "\(endpoint.address)"
            }
        }
        notes.append("\(host) is no service that \(namespace) sees; DNS is taken to give 198.51.100.1")
        return "198.51.100.1"
    }
}

/// The parts of an http or https URL.
struct URLParts: Equatable {
    var scheme: String
    /// Host and port as written; what goes into the Host header.
    var authority: String
    var host: String
    var port: UInt16
    var path: String

    init?(_ text: String) {
        var rest = text[...]
        scheme = "http"
        if let range = text.firstRange(of: "://") {
            scheme = text[..<range.lowerBound].lowercased()
            rest = text[range.upperBound...]
        }
        guard scheme == "http" || scheme == "https" else { return nil }
        let end = rest.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? rest.endIndex
        authority = String(rest[..<end])
        let tail = rest[end...].prefix { $0 != "#" }
        path = tail.hasPrefix("/") ? String(tail) : "/\(tail)"
        host = authority
        port = scheme == "https" ? 443 : 80
        let isBracketed = authority.hasPrefix("[")
        if let colon = authority.lastIndex(of: ":"), !authority.hasSuffix("]") {
            guard let number = UInt16(authority[authority.index(after: colon)...]) else { return nil }
            port = number
            host = String(authority[..<colon])
        }
        if isBracketed { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty, !authority.contains("@"), !authority.contains(" ") else { return nil }
    }
}
