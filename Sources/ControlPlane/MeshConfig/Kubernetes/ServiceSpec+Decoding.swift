extension ServiceSpec: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        ports = fields.messages("ports")
        selector = fields.stringMap("selector")
        clusterIP = fields.string("clusterIP")
        clusterIPs = fields.strings("clusterIPs")
        type = fields.enumeration("type") ?? .clusterIP
        externalName = fields.string("externalName")
        externalIPs = fields.strings("externalIPs", checkedBy: AddressSyntax.address)
        publishNotReadyAddresses = fields.bool("publishNotReadyAddresses") ?? false
        internalTrafficPolicy = fields.enumeration("internalTrafficPolicy") ?? .cluster
        trafficDistribution = fields.string("trafficDistribution")
        sessionAffinity = fields.enumeration("sessionAffinity") ?? .none
        fields.skip(
            "allocateLoadBalancerNodePorts",
            "externalTrafficPolicy",
            "healthCheckNodePort",
            "ipFamilies",
            "ipFamilyPolicy",
            "loadBalancerClass",
            "loadBalancerIP",
            "loadBalancerSourceRanges",
            "sessionAffinityConfig"
        )
        if clusterIP.isEmpty, let first = clusterIPs.first { clusterIP = first }
        if clusterIPs.isEmpty, !clusterIP.isEmpty { clusterIPs = [clusterIP] }
        check(fields)
    }

    private func check(_ fields: FieldReader) {
        for (index, address) in clusterIPs.enumerated() where address != "None" {
            if let reason = AddressSyntax.address(address) {
                fields.error(fields.has("clusterIPs") ? "clusterIPs" : "clusterIP", "entry \(index): \(reason)")
            }
        }
        if type == .externalName {
            fields.require(!externalName.isEmpty, "externalName", "is required for type ExternalName")
            if !externalName.isEmpty, let reason = HostSyntax.domain(externalName) {
                fields.error("externalName", reason)
            }
        }
        var names: Set<String> = []
        for port in ports {
            fields.require(
                ports.count == 1 || !port.name.isEmpty,
                "ports",
                "every port needs a name when there are several"
            )
            if !port.name.isEmpty, !names.insert(port.name).inserted {
                fields.error("ports", "two ports are named \(port.name.quotedForMessage)")
            }
        }
    }
}

extension KubernetesServicePort: FieldDecodable {
    init(fields: FieldReader) {
        self.init(name: fields.string("name"))
        source = fields.location
        `protocol` = fields.enumeration("protocol") ?? .tcp
        fields.require(fields.has("port"), "port", "is required")
        port = fields.port("port") ?? 0
        targetPort = fields.intOrString("targetPort")
        appProtocol = fields.string("appProtocol")
        nodePort = fields.integer("nodePort", in: 0...65535) ?? 0
        if !name.isEmpty, let reason = NameSyntax.label(name) { fields.error("name", reason) }
    }
}

extension FieldReader {
    /// A port by number or by name; nil when absent.
    fileprivate func intOrString(_ name: String) -> IntOrString? {
        guard let node = value(name) else { return nil }
        if case .string(let text)? = node.scalar {
            guard let reason = NameSyntax.label(text) else { return .string(text) }
            error(at: node, child(path, name), reason)
            return nil
        }
        return integer(node, child(path, name), in: 1...65535).map(IntOrString.int)
    }
}
