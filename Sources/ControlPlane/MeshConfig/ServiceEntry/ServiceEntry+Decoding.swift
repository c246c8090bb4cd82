extension ServiceEntry: FieldDecodable {
    /// Rules of Istio's `ValidateServiceEntry`.
    init(fields: FieldReader) {
        self.init()
        hosts = fields.strings("hosts") {
            $0 == "*" ? "`*` would cover every host; name hosts" : HostSyntax.wildcardDomain($0)
        }
        addresses = fields.strings("addresses", checkedBy: AddressSyntax.subnet)
        ports = fields.messages("ports")
        location = fields.enumeration("location") ?? .meshExternal
        resolution = fields.enumeration("resolution") ?? .none
        endpoints = fields.messages("endpoints")
        workloadSelector = fields.message("workloadSelector")
        exportTo = fields.exportTo()
        subjectAltNames = fields.strings("subjectAltNames")
        fields.require(!hosts.isEmpty, "hosts", "is required")
        fields.require(Set(hosts).count == hosts.count, "hosts", "names a host twice")
        fields.exclusive("workloadSelector", "endpoints")
        checkPorts(fields)
        checkResolution(fields)
        checkEndpoints(fields)
    }

    private func checkPorts(_ fields: FieldReader) {
        var numbers: Set<UInt32> = []
        var names: Set<String> = []
        for port in ports {
            fields.require(numbers.insert(port.number).inserted, "ports", "port \(port.number) stands twice")
            fields.require(
                names.insert(port.name).inserted,
                "ports",
                "port name \(port.name.quotedForMessage) stands twice"
            )
        }
        let isOpaque = ports.contains { ["", "TCP"].contains($0.protocol.uppercased()) }
        if addresses.isEmpty, isOpaque, location == .meshExternal, resolution == .none || resolution == .static {
            fields.warning("addresses", "a TCP port without addresses takes every connection to that port number")
        }
        for port in ports where port.targetPort != 0 && resolution == .none {
            fields.warning("ports", "targetPort of \(port.name) has no effect with resolution NONE")
        }
    }

    private func checkResolution(_ fields: FieldReader) {
        let hasRange = addresses.contains { $0.contains("/") }
        let hasWildcard = hosts.contains { $0.hasPrefix("*") }
        switch resolution {
        case .none:
            fields.require(endpoints.isEmpty, "endpoints", "must not be set with resolution NONE")
        case .static:
            if endpoints.isEmpty, workloadSelector == nil {
                fields.warning("endpoints", "resolution STATIC without endpoints or workloadSelector reaches nothing")
            }
        case .dns, .dnsRoundRobin:
            if endpoints.isEmpty, workloadSelector == nil {
                fields.require(!hasWildcard, "hosts", "must be without wildcard when DNS resolves them; set endpoints")
            }
            let isSingle = resolution == .dns || endpoints.count <= 1
            fields.require(isSingle, "endpoints", "at most one with resolution DNS_ROUND_ROBIN")
        case .dynamicDns:
            fields.require(endpoints.isEmpty, "endpoints", "must not be set with resolution DYNAMIC_DNS")
        }
        fields.require(
            !hasRange || resolution == .none || resolution == .static,
            "addresses",
            "CIDR ranges are allowed with resolution NONE and STATIC only"
        )
    }

    private func checkEndpoints(_ fields: FieldReader) {
        let names = Set(ports.map(\.name))
        for (index, endpoint) in endpoints.enumerated() {
            let isUnix = endpoint.address.hasPrefix("unix://")
            if resolution == .static, !endpoint.address.isEmpty, !isUnix, !AddressSyntax.isAddress(endpoint.address) {
                fields.error(
                    "endpoints",
                    "endpoints[\(index)]: \(endpoint.address.quotedForMessage) must be an IP address with resolution STATIC"
                )
            }
            if isUnix, resolution == .dns || resolution == .dnsRoundRobin {
                fields.error("endpoints", "endpoints[\(index)]: unix sockets need resolution STATIC")
            }
            fields.require(
                !isUnix || ports.count == 1,
                "ports",
                "an endpoint that is a unix socket needs exactly one port"
            )
            for name in endpoint.ports.keys.sorted() where !names.contains(name) {
                let hint = Suggestion.text(for: name, among: names)
                fields.error(
                    "endpoints",
                    "endpoints[\(index)]: port \(name.quotedForMessage) is not a port of the entry\(hint)"
                )
            }
        }
    }
}

extension ServicePort: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        fields.require(fields.has("number"), "number", "is required")
        number = fields.port("number") ?? 0
        `protocol` = fields.string("protocol")
        name = fields.requiredString("name")
        targetPort = fields.port("targetPort") ?? 0
        if !name.isEmpty, let reason = NameSyntax.label(name) { fields.error("name", reason) }
        if let reason = PortProtocol.reason(against: `protocol`) { fields.error("protocol", reason) }
    }
}

extension WorkloadEntry: FieldDecodable {
    /// Rules of Istio's `validateWorkloadEntry`.
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        address = fields.string("address")
        for (key, node, path) in fields.pairs("ports") {
            ports[key] = fields.integer(node, path, in: 1...65535)
            if let reason = NameSyntax.label(key.lowercased()) { fields.error(at: node, path, reason) }
        }
        labels = fields.labels("labels")
        network = fields.string("network")
        locality = fields.string("locality")
        weight = fields.uint32("weight") ?? 0
        serviceAccount = fields.string("serviceAccount")
        fields.require(!address.isEmpty || !network.isEmpty, "address", "is required unless network is set")
        if address.hasPrefix("unix://") {
            let path = address.dropFirst("unix://".count)
            let isRight = (path.hasPrefix("/") || path.hasPrefix("@")) && !path.hasSuffix("/")
            fields.require(isRight, "address", "a unix socket is unix:///path or unix://@name")
            fields.require(ports.isEmpty, "ports", "must not be set for a unix socket")
        } else if !address.isEmpty, !AddressSyntax.isAddress(address), let reason = HostSyntax.domain(address) {
            fields.error("address", "\(reason), IP address or unix:///path")
        }
    }
}
