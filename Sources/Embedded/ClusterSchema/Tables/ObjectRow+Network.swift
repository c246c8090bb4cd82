import KubernetesAPI

extension ObjectRow {
    var service: [JSONValue] {
        let type = object[path: ["spec", "type"]]?.string ?? "ClusterIP"
        let ports = items(["spec", "ports"]).map { port in
            let number = port["port"]?.integer ?? 0
            let transport = port["protocol"]?.string ?? "TCP"
            if let node = port["nodePort"]?.integer, node > 0 { return "\(number):\(node)/\(transport)" }
            return "\(number)/\(transport)"
        }
        return [
            .string(type), text(["spec", "clusterIP"]), .string(externalAddress(type)),
            .string(ports.isEmpty ? "<none>" : ports.joined(separator: ",")), age, labels(["spec", "selector"]),
        ]
    }

    private func externalAddress(_ type: String) -> String {
        let fixed = items(["spec", "externalIPs"]).compactMap(\.string)
        switch type {
        case "ExternalName": return object[path: ["spec", "externalName"]]?.string ?? ""
        case "LoadBalancer":
            let all = loadBalancer + fixed
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return fixed.isEmpty ? "<none>" : fixed.joined(separator: ",")
        }
    }

    private var loadBalancer: [String] {
        items(["status", "loadBalancer", "ingress"]).compactMap { $0["ip"]?.string ?? $0["hostname"]?.string }
    }

    var endpoints: String {
        var texts: [String] = []
        for subset in items(["subsets"]) {
            let addresses = (subset["addresses"]?.array ?? []).compactMap { $0["ip"]?.string }
            let ports = (subset["ports"]?.array ?? []).compactMap { $0["port"]?.integer }
            if ports.isEmpty { texts += addresses }
            for port in ports { texts += addresses.map { "\($0):\(port)" } }
        }
        return Self.shortened(texts)
    }

    var endpointSlice: [JSONValue] {
        let ports = items(["ports"]).map { port in port["port"]?.integer.map(String.init) ?? "*" }
        let addresses = items(["endpoints"]).flatMap { ($0["addresses"]?.array ?? []).compactMap(\.string) }
        return [
            text(["addressType"]), .string(ports.isEmpty ? "<unset>" : Self.shortened(ports)),
            .string(addresses.isEmpty ? "<unset>" : Self.shortened(addresses)), age,
        ]
    }

    var ingress: [JSONValue] {
        let hosts = items(["spec", "rules"]).compactMap { $0["host"]?.string }.filter { !$0.isEmpty }
        let ports = items(["spec", "tls"]).isEmpty ? "80" : "80, 443"
        return [
            text(["spec", "ingressClassName"]), .string(hosts.isEmpty ? "*" : Self.shortened(hosts)),
            .string(loadBalancer.joined(separator: ",")), .string(ports), age,
        ]
    }

    var node: [JSONValue] {
        let conditions = items(["status", "conditions"])
        var states: [String] = []
        switch conditions.first(where: { $0["type"] == "Ready" })?["status"]?.string {
        case "True": states.append("Ready")
        case "False", "Unknown": states.append("NotReady")
        default: states.append("Unknown")
        }
        if object[path: ["spec", "unschedulable"]]?.bool == true { states.append("SchedulingDisabled") }
        let prefix = "node-role.kubernetes.io/"
        let roles = (object[path: ["metadata", "labels"]]?.strings ?? [:]).keys
            .filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }.sorted()
        func address(_ type: String) -> JSONValue {
            items(["status", "addresses"]).first { $0["type"]?.string == type }?["address"] ?? "<none>"
        }
        let system = ["status", "nodeInfo"]
        return [
            .string(states.joined(separator: ",")), .string(roles.isEmpty ? "<none>" : roles.joined(separator: ",")),
            age,
            text(system + ["kubeletVersion"], ""), address("InternalIP"), address("ExternalIP"),
            text(system + ["osImage"], "<unknown>"), text(system + ["kernelVersion"], "<unknown>"),
            text(system + ["containerRuntimeVersion"], "<unknown>"),
        ]
    }

    var claim: [JSONValue] {
        let modes = ["ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"]
        let access = items(["status", "accessModes"]).compactMap { $0.string.map { modes[$0] ?? $0 } }
        return [
            text(["status", "phase"]), text(["spec", "volumeName"], ""), text(["status", "capacity", "storage"], ""),
            .string(access.joined(separator: ",")), text(["spec", "storageClassName"], ""), age,
            text(["spec", "volumeMode"], "<unset>"),
        ]
    }

    /// Events of both groups; their fields have different names.
    var event: [JSONValue] {
        let subject = object["involvedObject"] ?? object["regarding"] ?? [:]
        let count = object["count"]?.integer ?? object["deprecatedCount"]?.integer ?? 1
        func time(_ names: [String]) -> JSONValue {
            let value = names.lazy.compactMap { object[$0]?.string }.first
            return .string(Age.since(value, now: now))
        }
        let source = object["source"] ?? object["deprecatedSource"] ?? [:]
        let component = source["component"]?.string ?? object["reportingComponent"]?.string ?? ""
        let host = source["host"]?.string ?? ""
        let kind = subject["kind"]?.string?.lowercased() ?? ""
        return [
            time(["lastTimestamp", "deprecatedLastTimestamp", "eventTime", "firstTimestamp"]), text(["type"], ""),
            text(["reason"], ""), .string("\(kind)/\(subject["name"]?.string ?? "")"), subject["fieldPath"] ?? "",
            .string(host.isEmpty ? component : "\(component), \(host)"),
            .string(object["message"]?.string ?? object["note"]?.string ?? ""),
            time(["firstTimestamp", "deprecatedFirstTimestamp", "eventTime"]), .integer(count),
            text(["metadata", "name"]),
        ]
    }

    var binding: [JSONValue] {
        let kind = object[path: ["roleRef", "kind"]]?.string ?? ""
        let name = object[path: ["roleRef", "name"]]?.string ?? ""
        func names(_ wanted: String) -> JSONValue {
            let list = items(["subjects"]).filter { $0["kind"]?.string == wanted }.map { subject in
                let name = subject["name"]?.string ?? ""
                return wanted == "ServiceAccount" ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
            }
            return .string(list.joined(separator: ", "))
        }
        return [.string("\(kind)/\(name)"), age, names("User"), names("Group"), names("ServiceAccount")]
    }

    var signingRequest: [JSONValue] {
        let types = items(["status", "conditions"]).compactMap { $0["type"]?.string }
        var state = types.contains("Denied") ? "Denied" : types.contains("Approved") ? "Approved" : "Pending"
        if object[path: ["status", "certificate"]] != nil { state += ",Issued" }
        let seconds = object[path: ["spec", "expirationSeconds"]]?.integer.map(Age.text) ?? "<none>"
        return [age, text(["spec", "signerName"]), text(["spec", "username"]), .string(seconds), .string(state)]
    }
}
