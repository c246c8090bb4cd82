extension Sidecar: FieldDecodable {
    /// Rules of Istio's `ValidateSidecar`.
    init(fields: FieldReader) {
        self.init()
        workloadSelector = fields.message("workloadSelector")
        ingress = fields.messages("ingress")
        egress = fields.messages("egress")
        inboundConnectionPool = fields.message("inboundConnectionPool")
        outboundTrafficPolicy = fields.message("outboundTrafficPolicy")
        fields.require(
            !ingress.isEmpty || !egress.isEmpty || inboundConnectionPool != nil || outboundTrafficPolicy != nil,
            "",
            "must set ingress, egress, inboundConnectionPool or outboundTrafficPolicy"
        )
        var ports: Set<UInt32> = []
        for number in ingress.compactMap(\.port?.number) where !ports.insert(number).inserted {
            fields.error("ingress", "two listeners are for port \(number)")
        }
        checkEgress(fields)
    }

    private func checkEgress(_ fields: FieldReader) {
        var listeners: Set<String> = []
        for (index, listener) in egress.enumerated() {
            if let port = listener.port {
                let isNew = listeners.insert("\(listener.bind):\(port.number)").inserted
                fields.require(
                    isNew,
                    "egress",
                    "egress[\(index)]: port \(port.number) of the same address stands twice"
                )
            } else if !listener.bind.hasPrefix("unix://") {
                let isLast = index + 1 == egress.count
                fields.require(isLast, "egress", "egress[\(index)]: a listener without port must be the last")
            }
        }
    }
}

extension SidecarPort: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        number = fields.integer("number", in: 0...65535) ?? 0
        `protocol` = fields.string("protocol")
        name = fields.string("name")
        targetPort = fields.uint32("targetPort") ?? 0
        if !name.isEmpty, let reason = NameSyntax.label(name.lowercased()) { fields.error("name", reason) }
        if let reason = PortProtocol.reason(against: `protocol`) { fields.error("protocol", reason) }
    }
}

extension IstioEgressListener: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        port = fields.message("port")
        bind = fields.string("bind")
        captureMode = fields.enumeration("captureMode") ?? .default
        hosts = fields.strings("hosts") { HostSyntax.namespacedHost($0, exclusions: true) }
        fields.require(!hosts.isEmpty, "hosts", "is required, as `./*` or `istio-system/*`")
        if hosts.contains("~/*"), hosts.count > 1 { fields.error("hosts", "`~/*` (none) excludes every other host") }
        let isUnix = bind.hasPrefix("unix://")
        if isUnix {
            fields.note("bind", value: bind.quotedForMessage, of: "unix:///PATH")
            fields.require(captureMode != .iptables, "captureMode", "must not be IPTABLES for a unix socket")
            fields.require(port?.number ?? 0 == 0, "port", "a unix socket has no port number")
        } else if !bind.isEmpty {
            if let reason = AddressSyntax.address(bind) { fields.error("bind", reason) }
            fields.require(port != nil, "port", "is required with bind")
        }
        if let port, !isUnix { fields.require(port.number > 0, "port", "number must be within 1...65535") }
    }
}

extension IstioIngressListener: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        port = fields.requiredMessage("port")
        bind = fields.string("bind")
        captureMode = fields.enumeration("captureMode") ?? .default
        defaultEndpoint = fields.string("defaultEndpoint")
        tls = fields.message("tls")
        connectionPool = fields.message("connectionPool")
        if let port { fields.require(port.number > 0, "port", "number must be within 1...65535") }
        if !bind.isEmpty, let reason = AddressSyntax.address(bind) { fields.error("bind", reason) }
        if let reason = Self.reason(againstEndpoint: defaultEndpoint) { fields.error("defaultEndpoint", reason) }
        if let mode = tls?.mode {
            fields.require(mode == .simple || mode == .mutual, "tls", "mode must be SIMPLE or MUTUAL")
        }
    }

    private static func reason(againstEndpoint text: String) -> String? {
        guard !text.isEmpty else { return nil }
        if text.hasPrefix("unix://") {
            return text.hasPrefix("unix:///") || text.hasPrefix("unix://@") ? nil : "a unix socket is unix:///path"
        }
        let hosts = ["127.0.0.1:", "0.0.0.0:", "[::1]:", "[::]:"]
        guard let host = hosts.first(where: { text.hasPrefix($0) }), let port = Int(text.dropFirst(host.count)),
            (1...65535).contains(port)
        else {
            return "\(text.quotedForMessage) is not 127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///path"
        }
        return nil
    }
}

extension OutboundTrafficPolicy: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        let written: Mode? = fields.enumeration("mode")
        mode = written ?? .registryOnly
        egressProxy = fields.message("egressProxy")
        if written == nil { fields.warning("", "no mode: it is REGISTRY_ONLY, which blocks unknown hosts") }
        fields.require(
            egressProxy == nil || mode == .allowAny,
            "egressProxy",
            "needs mode ALLOW_ANY"
        )
    }
}
