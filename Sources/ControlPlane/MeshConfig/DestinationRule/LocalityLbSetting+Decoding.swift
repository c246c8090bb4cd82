extension LocalityLbSetting: FieldDecodable {
    /// Rules of Istio's `validateLocalityLbSetting`.
    init(fields: FieldReader) {
        self.init()
        distribute = fields.messages("distribute")
        failover = fields.messages("failover")
        failoverPriority = fields.strings("failoverPriority")
        enabled = fields.bool("enabled")
        if !distribute.isEmpty {
            if fields.has("failover") { fields.error("failover", "excludes distribute") }
            if fields.has("failoverPriority") {
                fields.warning("failoverPriority", "has no effect beside distribute")
            }
        }
        if !failover.isEmpty {
            Self.refuseTopology(in: failoverPriority, fields, "orders localities, which failover does")
        }
        for (index, entry) in distribute.enumerated() {
            if let other = distribute[..<index].first(where: { Self.overlap($0.from, entry.from) }) {
                fields.error("distribute", "\(other.from) and \(entry.from) cover the same localities")
            }
        }
    }

    /// Reports labels of the topology, which something else orders already.
    fileprivate static func refuseTopology(in labels: [String], _ fields: FieldReader, _ reason: String) {
        let topology = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"]
        for label in labels where topology.contains(label) {
            fields.error("failoverPriority", "\(label) \(reason)")
        }
    }

    /// Whether two localities, `*` as the last part standing for anything, cover a common one.
    private static func overlap(_ left: String, _ right: String) -> Bool {
        for (one, other) in zip(left.split(separator: "/"), right.split(separator: "/")) {
            if one == "*" || other == "*" { return true }
            if one != other { return false }
        }
        return true
    }

    /// What is wrong with `region/zone/subzone`, `*` allowed as the last part, or nil.
    static func reason(againstLocality text: String) -> String? {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let hasInnerWildcard = parts.dropLast().contains("*") || parts.contains { $0 != "*" && $0.contains("*") }
        let isRight = parts.count <= 3 && parts.allSatisfy { !$0.isEmpty } && !hasInnerWildcard
        return isRight ? nil : "\(text.quotedForMessage) is not a locality: region/zone/subzone, `*` as the last part"
    }
}

extension LocalityLbSetting.Distribute: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        from = fields.requiredString("from")
        for (key, node, path) in fields.pairs("to") {
            to[key] = fields.integer(node, path, in: 1...100)
            if let reason = LocalityLbSetting.reason(againstLocality: key) { fields.error(at: node, path, reason) }
        }
        let sum = to.values.reduce(0) { $0 + UInt64($1) }
        fields.require(sum == 100, "to", "the shares add up to \(sum); they must add up to 100")
        if !from.isEmpty, let reason = LocalityLbSetting.reason(againstLocality: from) { fields.error("from", reason) }
    }
}

extension LocalityLbSetting.Failover: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        from = fields.requiredString("from")
        to = fields.requiredString("to")
        fields.require(from.isEmpty || from != to, "to", "must be another region than from")
        for (name, value) in [("from", from), ("to", to)] where value.contains("/") || value.contains("*") {
            fields.error(name, "\(value.quotedForMessage) must be a region, without zone or wildcard")
        }
    }
}

extension ZoneAwareLbSetting: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        enabled = fields.bool("enabled")
        failover = fields.messages("failover")
        failoverPriority = fields.strings("failoverPriority")
        minClusterSize = fields.integer("minClusterSize", in: 1...UInt32.max)
        LocalityLbSetting.refuseTopology(
            in: failoverPriority,
            fields,
            "orders localities, which zones do by themselves"
        )
    }
}
