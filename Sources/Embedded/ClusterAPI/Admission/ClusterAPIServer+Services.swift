import ClusterSchema
import KubernetesAPI

extension ClusterAPIServer {
    /// Gives a Service what it lacks: addresses and node ports; an update keeps what the old one had.
    func mutateService(_ json: JSONValue, _ proposal: Proposal) throws(StatusError) -> JSONValue {
        var service = json
        var type = service[path: ["spec", "type"]]?.string ?? ""
        if type.isEmpty {
            type = "ClusterIP"
            service[path: ["spec", "type"]] = .string(type)
        }
        settlePorts(&service)
        guard type != "ExternalName" else {
            service[path: ["spec", "clusterIP"]] = nil
            service[path: ["spec", "clusterIPs"]] = nil
            return service
        }
        let old = proposal.old
        var address = service[path: ["spec", "clusterIP"]]?.string ?? ""
        if address.isEmpty { address = service[path: ["spec", "clusterIPs"]]?.array?.first?.string ?? "" }
        let oldAddress = old?[path: ["spec", "clusterIP"]]?.string ?? ""
        if address.isEmpty { address = oldAddress }
        if address.isEmpty {
            guard let free = proposal.context.isDryRun ? "10.96.255.254" : addresses.allocate() else {
                throw StatusError(.internalError, "failed to allocate a serviceIP: range is full")
            }
            address = free
        } else if address != "None", address != oldAddress {
            guard proposal.context.isDryRun || addresses.take(address) else {
                throw .invalid(
                    proposal.target,
                    "spec.clusterIPs",
                    "Invalid value: [\"\(address)\"]: failed to allocate IP \(address): it is not in the range "
                        + "10.96.0.0/16 or already allocated"
                )
            }
        }
        service[path: ["spec", "clusterIP"]] = .string(address)
        service[path: ["spec", "clusterIPs"]] = [.string(address)]
        if service[path: ["spec", "ipFamilies"]] == nil { service[path: ["spec", "ipFamilies"]] = ["IPv4"] }
        if service[path: ["spec", "ipFamilyPolicy"]] == nil {
            service[path: ["spec", "ipFamilyPolicy"]] = "SingleStack"
        }
        try settleNodePorts(&service, type, proposal)
        return service
    }

    private func settlePorts(_ service: inout JSONValue) {
        guard let ports = service[path: ["spec", "ports"]]?.array else { return }
        service[path: ["spec", "ports"]] = .array(
            ports.map { port in
                var port = port
                if port["protocol"] == nil { port["protocol"] = "TCP" }
                if port["targetPort"] == nil || port["targetPort"] == 0 || port["targetPort"] == "" {
                    port["targetPort"] = port["port"]
                }
                return port
            }
        )
    }

    private func settleNodePorts(
        _ service: inout JSONValue,
        _ type: String,
        _ proposal: Proposal
    ) throws(StatusError) {
        guard var ports = service[path: ["spec", "ports"]]?.array else { return }
        let oldPorts = proposal.old?[path: ["spec", "ports"]]?.array ?? []
        let before = Set(oldPorts.compactMap { $0["nodePort"]?.integer })
        for index in ports.indices {
            guard type == "NodePort" || type == "LoadBalancer" else {
                ports[index]["nodePort"] = nil
                continue
            }
            if let wanted = ports[index]["nodePort"]?.integer, wanted != 0 {
                guard before.contains(wanted) || proposal.context.isDryRun || addresses.take(port: wanted) else {
                    throw .invalid(
                        proposal.target,
                        "spec.ports[\(index)].nodePort",
                        "Invalid value: \(wanted): provided port is already allocated or not in the range of valid ports "
                            + "(30000-32767)"
                    )
                }
                continue
            }
            let same = oldPorts.first {
                $0["port"] == ports[index]["port"] && $0["protocol"] == ports[index]["protocol"]
            }
            if let kept = same?["nodePort"]?.integer, kept != 0 {
                ports[index]["nodePort"] = .integer(kept)
            } else if !proposal.context.isDryRun {
                guard let free = addresses.allocatePort() else {
                    throw StatusError(.internalError, "failed to allocate a nodePort: range is full")
                }
                ports[index]["nodePort"] = .integer(free)
            }
        }
        service[path: ["spec", "ports"]] = .array(ports)
    }

    /// What a Service had and no longer has is free again.
    func releaseAddresses(_ gone: JSONValue, kept: JSONValue? = nil, _ target: Target) {
        guard target.type.plural == "services", target.type.group.isEmpty else { return }
        let address = gone[path: ["spec", "clusterIP"]]?.string ?? ""
        if address != kept?[path: ["spec", "clusterIP"]]?.string { addresses.release(address) }
        let ports = Set((gone[path: ["spec", "ports"]]?.array ?? []).compactMap { $0["nodePort"]?.integer })
        let staying = Set((kept?[path: ["spec", "ports"]]?.array ?? []).compactMap { $0["nodePort"]?.integer })
        for port in ports.subtracting(staying) { addresses.release(port: port) }
    }
}
