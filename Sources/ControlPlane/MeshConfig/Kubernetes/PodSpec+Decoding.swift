extension PodSpec {
    /// Reads a whole Pod; fields of a Pod that a mesh does not read are not looked at.
    init(root: FieldReader) {
        self.init()
        if let spec = root.reader("spec") {
            serviceAccountName = spec.string("serviceAccountName")
            nodeName = spec.string("nodeName")
            hostNetwork = spec.bool("hostNetwork") ?? false
            containers = spec.openMessages("containers", Container.init(open:))
        }
        if let status = root.reader("status") {
            podIP = status.string("podIP")
            podIPs = status.openMessages("podIPs") { $0.string("ip") }.filter { !$0.isEmpty }
            phase = status.enumeration("phase")
            for (type, value) in status.openMessages("conditions", { ($0.string("type"), $0.string("status")) })
            where type == "Ready" {
                isReady = value == "True"
            }
            for (index, address) in podIPs.enumerated() {
                if let reason = AddressSyntax.address(address) { status.error("podIPs", "entry \(index): \(reason)") }
            }
            if !podIP.isEmpty, let reason = AddressSyntax.address(podIP) { status.error("podIP", reason) }
        }
        if podIP.isEmpty, let first = podIPs.first { podIP = first }
        if podIPs.isEmpty, !podIP.isEmpty { podIPs = [podIP] }
        isTerminating = root.reader("metadata")?.has("deletionTimestamp") ?? false
    }
}

extension PodSpec.Container {
    fileprivate init(open fields: FieldReader) {
        self.init()
        name = fields.string("name")
        ports = fields.openMessages("ports") { fields in
            var port = PodSpec.ContainerPort()
            port.name = fields.string("name")
            fields.require(fields.has("containerPort"), "containerPort", "is required")
            port.containerPort = fields.port("containerPort") ?? 0
            port.protocol = fields.enumeration("protocol") ?? .tcp
            return port
        }
    }
}

extension FieldReader {
    /// A list of mappings whose other fields are not looked at; empty when absent.
    func openMessages<Message>(_ name: String, _ read: (FieldReader) -> Message) -> [Message] {
        elements(name).map { node, path in
            read(FieldReader(node, path: path, pattern: "\(child(pattern, name))[]", session: session))
        }
    }
}
