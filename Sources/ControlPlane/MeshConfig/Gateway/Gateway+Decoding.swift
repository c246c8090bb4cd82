extension Gateway: FieldDecodable {
    /// Rules of Istio's `ValidateGateway`.
    init(fields: FieldReader) {
        self.init()
        selector = fields.labels("selector")
        servers = fields.messages("servers")
        fields.require(!servers.isEmpty, "servers", "is required")
        var names: Set<String> = []
        for name in servers.compactMap(\.port?.name) where !name.isEmpty && !names.insert(name).inserted {
            fields.error("servers", "two ports are named \(name.quotedForMessage)")
        }
    }
}

extension Server: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        port = fields.requiredMessage("port")
        bind = fields.string("bind")
        hosts = fields.strings("hosts") { text in
            guard text.contains("/") else { return HostSyntax.wildcardDomainOrAddress(text) }
            return text.hasPrefix("~") ? "`~` is not allowed here" : HostSyntax.namespacedHost(text, exclusions: false)
        }
        tls = fields.message("tls")
        defaultEndpoint = fields.string("defaultEndpoint")
        name = fields.string("name")
        fields.require(!hosts.isEmpty, "hosts", "is required")
        if !bind.isEmpty, !bind.hasPrefix("unix://"), let reason = AddressSyntax.address(bind) {
            fields.error("bind", reason)
        }
        if bind.hasPrefix("unix://") { fields.note("bind", value: bind.quotedForMessage, of: "unix:///PATH") }
        checkTLS(fields)
        warnUnlessServed(fields)
    }

    /// Says of each server by its name that it is not served.
    private func warnUnlessServed(_ fields: FieldReader) {
        guard let port, ["UDP", "HBONE"].contains(port.protocol.uppercased()) else { return }
        let name = name.isEmpty ? port.name : name
        fields.warning(
            "port",
            "server \(name.quotedForMessage) (port \(port.number), \(port.protocol)) is accepted, but nothing acts on it "
                + "yet"
        )
    }

    private func checkTLS(_ fields: FieldReader) {
        guard let port else { return }
        let terminates = ["HTTPS", "TLS"].contains(port.protocol.uppercased())
        fields.require(!terminates || tls != nil, "tls", "is required for protocol \(port.protocol)")
        guard let tls, !terminates else { return }
        fields.require(
            tls.httpsRedirect || port.protocol.isEmpty,
            "tls",
            "needs protocol HTTPS or TLS; protocol \(port.protocol) may have httpsRedirect only"
        )
    }
}

extension Server.Port: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        fields.require(fields.has("number"), "number", "is required")
        number = fields.port("number") ?? 0
        `protocol` = fields.requiredString("protocol")
        name = fields.requiredString("name")
        targetPort = fields.uint32("targetPort") ?? 0
        if let reason = PortProtocol.reason(against: `protocol`) { fields.error("protocol", reason) }
        if ["HTTP2", "GRPC", "GRPC-WEB"].contains(`protocol`.uppercased()) {
            fields.note("protocol", value: `protocol`, of: "HTTP2 or GRPC")
        }
    }
}

extension ServerTLSSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        httpsRedirect = fields.bool("httpsRedirect") ?? false
        mode = fields.enumeration("mode") ?? .passthrough
        serverCertificate = fields.string("serverCertificate")
        privateKey = fields.string("privateKey")
        caCertificates = fields.string("caCertificates")
        caCrl = fields.string("caCrl")
        credentialName = fields.string("credentialName")
        credentialNames = fields.strings("credentialNames")
        caCertCredentialName = fields.string("caCertCredentialName")
        tlsCertificates = fields.messages("tlsCertificates")
        subjectAltNames = fields.strings("subjectAltNames")
        verifyCertificateSpki = fields.strings("verifyCertificateSpki")
        verifyCertificateHash = fields.strings("verifyCertificateHash")
        minProtocolVersion = fields.enumeration("minProtocolVersion") ?? .auto
        maxProtocolVersion = fields.enumeration("maxProtocolVersion") ?? .auto
        cipherSuites = fields.cipherSuites("cipherSuites")
        ecdhCurves = fields.curves("ecdhCurves")
        insecureSkipVerify = fields.bool("insecureSkipVerify")
        for (name, version) in [("minProtocolVersion", minProtocolVersion), ("maxProtocolVersion", maxProtocolVersion)]
        where version == .v1_0 || version == .v1_1 {
            fields.warning(
                name,
                "\(version.rawValue) is no longer spoken; TLSV1_2 is the lowest version, and taken instead"
            )
        }
        fields.exclusive("credentialName", "credentialNames", "tlsCertificates")
        fields.require(credentialNames.count <= 2, "credentialNames", "at most two")
        fields.require(tlsCertificates.count <= 2, "tlsCertificates", "at most two")
        let needsCertificate = [.simple, .mutual, .optionalMutual].contains(mode)
        let hasCredential = !credentialName.isEmpty || !credentialNames.isEmpty || !tlsCertificates.isEmpty
        if needsCertificate, !hasCredential {
            fields.require(!serverCertificate.isEmpty, "serverCertificate", "or credentialName is required")
            fields.require(!privateKey.isEmpty, "privateKey", "or credentialName is required")
            if mode != .simple, insecureSkipVerify != true {
                fields.require(!caCertificates.isEmpty, "caCertificates", "is required in mode \(mode.rawValue)")
            }
        }
    }
}

extension ServerTLSSettings.TLSCertificate: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        serverCertificate = fields.requiredString("serverCertificate")
        privateKey = fields.requiredString("privateKey")
        caCertificates = fields.string("caCertificates")
    }
}
