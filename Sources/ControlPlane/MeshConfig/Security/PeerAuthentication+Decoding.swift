extension PeerAuthentication: FieldDecodable {
    /// Rules of Istio's `ValidatePeerAuthentication`.
    init(fields: FieldReader) {
        self.init()
        if let reader = fields.reader("selector") {
            selector = WorkloadSelector(labels: reader.labels("matchLabels"))
            reader.finish()
            if !selectsWorkloads { fields.warning("selector", "no labels: it is every workload of the namespace") }
        }
        if let reader = fields.reader("mtls") { mode = Self.mode(reader) }
        guard fields.has("portLevelMtls") else {
            fields.skip("portLevelMtls")
            return
        }
        let ports = fields.pairs("portLevelMtls")
        fields.require(!ports.isEmpty, "portLevelMtls", "must name a port, as `8080: {mode: DISABLE}`")
        fields.require(selectsWorkloads, "portLevelMtls", "needs a selector with matchLabels: ports are a workload's")
        for (name, node, path) in ports {
            guard let port = UInt32(name), (1...65535).contains(port) else {
                fields.error(at: node, path, "\(name.quotedForMessage) is not a port within 1...65535")
                continue
            }
            guard !node.isNull else {
                portLevelMtls[port] = .unset
                continue
            }
            let pattern = fields.child(fields.pattern, "portLevelMtls") + "[]"
            let reader = FieldReader(node, path: path, pattern: pattern, session: fields.session)
            portLevelMtls[port] = Self.mode(reader)
        }
    }

    private static func mode(_ fields: FieldReader) -> Mode {
        let mode: Mode = fields.enumeration("mode") ?? .unset
        fields.finish()
        return mode
    }
}
