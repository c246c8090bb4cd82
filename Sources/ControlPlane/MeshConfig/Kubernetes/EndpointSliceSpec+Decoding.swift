extension EndpointSliceSpec {
    /// Reads a whole EndpointSlice, whose fields stand beside its metadata.
    init(root: FieldReader) {
        self.init()
        root.require(root.has("addressType"), "addressType", "is required")
        addressType = root.enumeration("addressType") ?? .ipv4
        endpoints = root.messages("endpoints")
        ports = root.messages("ports")
        for (index, endpoint) in endpoints.enumerated() {
            root.require(!endpoint.addresses.isEmpty, "endpoints", "endpoints[\(index)]: addresses are required")
            for address in endpoint.addresses where !isAddress(address) {
                root.error(
                    "endpoints",
                    "endpoints[\(index)]: \(address.quotedForMessage) is not an address of type \(addressType.rawValue)"
                )
            }
        }
    }

    private func isAddress(_ text: String) -> Bool {
        switch addressType {
        case .ipv4: AddressSyntax.isIPv4(text)
        case .ipv6: AddressSyntax.isIPv6(text)
        case .fqdn: HostSyntax.domain(text) == nil
        }
    }
}

extension EndpointSliceSpec.Endpoint: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        addresses = fields.strings("addresses")
        if let conditions = fields.reader("conditions") {
            isReady = conditions.bool("ready")
            isServing = conditions.bool("serving")
            isTerminating = conditions.bool("terminating")
            conditions.finish()
        }
        if let reference = fields.reader("targetRef") {
            var target = EndpointSliceSpec.TargetReference()
            target.kind = reference.string("kind")
            target.name = reference.string("name")
            target.namespace = reference.string("namespace")
            targetRef = target
        }
        nodeName = fields.string("nodeName")
        zone = fields.string("zone")
        hintsForZones = fields.reader("hints")?.openMessages("forZones") { $0.string("name") } ?? []
        if zone.isEmpty {
            let topology = fields.stringMap("topology")
            zone = topology["topology.kubernetes.io/zone"] ?? ""
        }
        fields.skip("hostname", "deprecatedTopology", "topology")
    }
}

extension EndpointSliceSpec.Port: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        name = fields.string("name")
        port = fields.port("port")
        `protocol` = fields.enumeration("protocol") ?? .tcp
        appProtocol = fields.string("appProtocol")
    }
}
