extension LoadBalancerSettings: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        simple = fields.enumeration("simple")
        consistentHash = fields.message("consistentHash")
        backendUtilization = fields.message("backendUtilization")
        localityLbSetting = fields.message("localityLbSetting")
        zoneAwareLbSetting = fields.message("zoneAwareLbSetting")
        warmupDurationSecs = fields.duration("warmupDurationSecs")
        warmup = fields.message("warmup")
        fields.exclusive("simple", "consistentHash", "backendUtilization")
        fields.exclusive("localityLbSetting", "zoneAwareLbSetting")
        if simple == .leastConn { fields.warning("simple", "LEAST_CONN is deprecated; use LEAST_REQUEST") }
        if warmupDurationSecs != nil { fields.warning("warmupDurationSecs", "is deprecated; use warmup.duration") }
        for name in ["warmup", "warmupDurationSecs"] where fields.has(name) {
            let isSlowStart = [nil, .unspecified, .roundRobin, .leastRequest, .leastConn].contains(simple)
            if !isSlowStart || consistentHash != nil {
                fields.warning(name, "has effect with ROUND_ROBIN and LEAST_REQUEST only")
            }
        }
    }
}

extension WarmupConfiguration: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        fields.require(fields.has("duration"), "duration", "is required")
        duration = fields.duration("duration")
        minimumPercent = fields.double("minimumPercent", in: 0...100)
        aggression = fields.double("aggression", in: 0...Double.greatestFiniteMagnitude)
        fields.require(aggression != 0, "aggression", "must be greater than 0")
    }
}

extension ConsistentHashLB: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        let header = fields.string("httpHeaderName")
        let cookie: HTTPCookie? = fields.message("httpCookie")
        let address = fields.bool("useSourceIp")
        let parameter = fields.string("httpQueryParameterName")
        minimumRingSize = fields.integer("minimumRingSize", in: 0...(8 << 20)) ?? 0
        fields.exclusive("httpHeaderName", "httpCookie", "useSourceIp", "httpQueryParameterName")
        fields.exclusive("ringHash", "maglev")
        if let cookie {
            hashKey = .httpCookie(cookie)
        } else if let address {
            hashKey = .useSourceIp(address)
        } else if fields.has("httpHeaderName") {
            hashKey = .httpHeaderName(header)
            if let reason = NameSyntax.headerName(header) { fields.error("httpHeaderName", reason) }
        } else if fields.has("httpQueryParameterName") {
            hashKey = .httpQueryParameterName(parameter)
            fields.require(!parameter.isEmpty, "httpQueryParameterName", "must not be empty")
        } else {
            fields.error("", "must set httpHeaderName, httpCookie, useSourceIp or httpQueryParameterName")
        }
        if let ring = fields.reader("ringHash") {
            hashAlgorithm = .ringHash(minimumRingSize: ring.integer("minimumRingSize", in: 0...(8 << 20)))
            ring.finish()
        }
        if let maglev = fields.reader("maglev") {
            let size: UInt64? = maglev.integer("tableSize", in: 0...5_000_011)
            maglev.require(size.map(Self.isPrime) ?? true, "tableSize", "must be a prime number")
            hashAlgorithm = .maglev(tableSize: size)
            maglev.finish()
        }
        if fields.has("minimumRingSize") {
            for name in ["ringHash", "maglev"] where fields.has(name) {
                fields.error("minimumRingSize", "must not be set with \(name)")
            }
            fields.warning("minimumRingSize", "is deprecated; use ringHash.minimumRingSize")
        }
    }

    private static func isPrime(_ number: UInt64) -> Bool {
        guard number > 3 else { return number > 1 }
        var divisor: UInt64 = 2
        while divisor * divisor <= number {
            if number % divisor == 0 { return false }
            divisor += 1
        }
        return true
    }
}

extension ConsistentHashLB.HTTPCookie: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        name = fields.requiredString("name")
        path = fields.string("path")
        ttl = fields.duration("ttl", atLeast: .zero)
        attributes = fields.messages("attributes")
        var seen: Set<String> = []
        for name in attributes.map(\.name) where !name.isEmpty && !seen.insert(name).inserted {
            fields.error("attributes", "two attributes are named \(name.quotedForMessage)")
        }
    }
}

extension ConsistentHashLB.HTTPCookie.Attribute: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        name = fields.requiredString("name")
        value = fields.string("value")
    }
}

extension BackendUtilizationLB: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        metricNamesForComputingUtilization = fields.strings("metricNamesForComputingUtilization")
        errorUtilizationPenaltyPercent = fields.uint32("errorUtilizationPenaltyPercent")
        weightExpirationPeriod = fields.duration("weightExpirationPeriod", atLeast: .zero)
        weightStabilizationPeriod = fields.duration("weightStabilizationPeriod", atLeast: .zero)
        weightUpdatePeriod = fields.duration("weightUpdatePeriod", atLeast: .zero)
    }
}
