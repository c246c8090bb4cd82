extension TLSRoute: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        match = fields.messages("match")
        route = fields.messages("route")
        fields.require(!match.isEmpty, "match", "is required, with sniHosts")
        fields.require(!route.isEmpty, "route", "is required")
        fields.checkWeights(route.map(\.weight))
    }
}

extension TCPRoute: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        match = fields.messages("match")
        route = fields.messages("route")
        fields.require(!route.isEmpty, "route", "is required")
        fields.checkWeights(route.map(\.weight))
    }
}

extension RouteDestination: FieldDecodable {
    init(fields: FieldReader) {
        self.init(
            destination: fields.requiredMessage("destination") ?? Destination(),
            weight: fields.integer("weight", in: Int32.min...Int32.max) ?? 0
        )
        source = fields.location
    }
}

extension TLSMatchAttributes: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        sniHosts = fields.strings("sniHosts", checkedBy: HostSyntax.wildcardDomain)
        destinationSubnets = fields.strings("destinationSubnets", checkedBy: AddressSyntax.subnet)
        port = fields.port("port")
        sourceLabels = fields.labels("sourceLabels")
        gateways = fields.strings("gateways") { $0 == "mesh" ? nil : HostSyntax.gatewayName($0) }
        sourceNamespace = fields.string("sourceNamespace")
        fields.require(!sniHosts.isEmpty, "sniHosts", "is required")
        if !sourceNamespace.isEmpty, let reason = NameSyntax.label(sourceNamespace) {
            fields.error("sourceNamespace", reason)
        }
    }
}

extension L4MatchAttributes: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        destinationSubnets = fields.strings("destinationSubnets", checkedBy: AddressSyntax.subnet)
        port = fields.port("port")
        sourceSubnet = fields.string("sourceSubnet")
        sourceLabels = fields.labels("sourceLabels")
        gateways = fields.strings("gateways") { $0 == "mesh" ? nil : HostSyntax.gatewayName($0) }
        sourceNamespace = fields.string("sourceNamespace")
        if !sourceSubnet.isEmpty, let reason = AddressSyntax.subnet(sourceSubnet) {
            fields.error("sourceSubnet", reason)
        }
        if !sourceNamespace.isEmpty, let reason = NameSyntax.label(sourceNamespace) {
            fields.error("sourceNamespace", reason)
        }
    }
}
