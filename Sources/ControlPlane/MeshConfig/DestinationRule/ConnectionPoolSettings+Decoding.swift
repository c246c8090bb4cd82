extension ConnectionPoolSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        tcp = fields.message("tcp")
        http = fields.message("http")
        fields.require(tcp != nil || http != nil, "", "must set tcp or http")
    }
}

extension TCPSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        maxConnections = fields.integer("maxConnections", in: 0...Int32.max) ?? 0
        connectTimeout = fields.duration("connectTimeout")
        tcpKeepalive = fields.message("tcpKeepalive")
        maxConnectionDuration = fields.duration("maxConnectionDuration")
        idleTimeout = fields.duration("idleTimeout", atLeast: .zero)
    }
}

extension TCPKeepalive: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        probes = fields.uint32("probes") ?? 0
        time = fields.duration("time")
        interval = fields.duration("interval")
    }
}

extension HTTPSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        http1MaxPendingRequests = fields.integer("http1MaxPendingRequests", in: 0...Int32.max) ?? 0
        http2MaxRequests = fields.integer("http2MaxRequests", in: 0...Int32.max) ?? 0
        maxRequestsPerConnection = fields.integer("maxRequestsPerConnection", in: 0...Int32.max) ?? 0
        maxRetries = fields.integer("maxRetries", in: 0...Int32.max) ?? 0
        idleTimeout = fields.duration("idleTimeout")
        h2UpgradePolicy = fields.enumeration("h2UpgradePolicy") ?? .default
        useClientProtocol = fields.bool("useClientProtocol") ?? false
        maxConcurrentStreams = fields.integer("maxConcurrentStreams", in: 0...Int32.max) ?? 0
        http2KeepAlive = fields.message("http2KeepAlive")
        fields.require(
            !useClientProtocol || h2UpgradePolicy != .upgrade,
            "useClientProtocol",
            "must not be true when h2UpgradePolicy is UPGRADE"
        )
    }
}

extension HTTP2KeepAlive: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        interval = fields.duration("interval")
        timeout = fields.duration("timeout")
    }
}

extension OutlierDetection: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        consecutiveErrors = fields.integer("consecutiveErrors", in: Int32.min...Int32.max) ?? 0
        splitExternalLocalOriginErrors = fields.bool("splitExternalLocalOriginErrors") ?? false
        consecutiveLocalOriginFailures = fields.uint32("consecutiveLocalOriginFailures")
        consecutiveGatewayErrors = fields.uint32("consecutiveGatewayErrors")
        consecutive5xxErrors = fields.uint32("consecutive5xxErrors")
        interval = fields.duration("interval")
        baseEjectionTime = fields.duration("baseEjectionTime")
        maxEjectionPercent = fields.integer("maxEjectionPercent", in: 0...100) ?? 0
        minHealthPercent = fields.integer("minHealthPercent", in: 0...100) ?? 0
        outlierDetectionHttpErrorCodes = fields.elements("outlierDetectionHttpErrorCodes").compactMap {
            fields.integer($0.node, $0.path, in: 100...599)
        }
        if fields.has("consecutiveErrors") {
            fields.warning(
                "consecutiveErrors",
                "is deprecated and counts only where consecutive5xxErrors is absent; use consecutive5xxErrors"
            )
        }
        fields.require(
            splitExternalLocalOriginErrors || consecutiveLocalOriginFailures ?? 0 == 0,
            "consecutiveLocalOriginFailures",
            "needs splitExternalLocalOriginErrors: true"
        )
    }
}

extension ClientTLSSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        mode = fields.enumeration("mode") ?? .disable
        clientCertificate = fields.string("clientCertificate")
        privateKey = fields.string("privateKey")
        caCertificates = fields.string("caCertificates")
        credentialName = fields.string("credentialName")
        subjectAltNames = fields.strings("subjectAltNames")
        sni = fields.string("sni")
        insecureSkipVerify = fields.bool("insecureSkipVerify")
        caCrl = fields.string("caCrl")
        let files = ["clientCertificate", "privateKey", "caCertificates", "caCrl"]
        if !credentialName.isEmpty {
            for name in files where fields.has(name) { fields.error(name, "must not be set with credentialName") }
        } else if mode == .mutual {
            fields.require(!clientCertificate.isEmpty, "clientCertificate", "is required in mode MUTUAL")
            fields.require(!privateKey.isEmpty, "privateKey", "is required in mode MUTUAL")
        }
        if insecureSkipVerify == true, mode == .simple || mode == .mutual {
            fields.require(caCertificates.isEmpty, "caCertificates", "must not be set with insecureSkipVerify")
            fields.require(subjectAltNames.isEmpty, "subjectAltNames", "must not be set with insecureSkipVerify")
        }
        if mode == .istioMutual || mode == .disable {
            for name in files + ["credentialName"] where fields.has(name) {
                fields.warning(name, "has no effect in mode \(mode.rawValue)")
            }
        }
    }
}
