import KubernetesAPI

/// One port of a Service on some of its pods: `targetPort` resolved.
struct EndpointPort: Sendable, Hashable {
    /// Empty for the only port without a name.
    var name: String
    var transport: String
    var port: Int
    var applicationProtocol: String?

    var json: JSONValue {
        var json: JSONValue = ["name": .string(name), "protocol": .string(transport), "port": .integer(Int64(port))]
        json["appProtocol"] = applicationProtocol.map { .string($0) }
        return json
    }
}

/// One pod behind a Service.
struct ServiceEndpoint: Sendable, Equatable {
    var pod: ObjectName
    var uid: String
    var address: String
    var node: String
    var zone: String?
    /// For a pod that wants a DNS name of its own in this Service.
    var hostname: String?
    var isReady: Bool
    var isServing: Bool
    var isTerminating: Bool

    private var target: JSONValue {
        [
            "kind": "Pod", "namespace": .string(pod.namespace), "name": .string(pod.name), "uid": .string(uid),
        ]
    }

    /// `endpoints[]` of an EndpointSlice.
    var sliceJSON: JSONValue {
        var json: JSONValue = [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(isReady), "serving": .bool(isServing), "terminating": .bool(isTerminating),
            ],
            "targetRef": target,
        ]
        if !node.isEmpty { json["nodeName"] = .string(node) }
        json["zone"] = zone.map { .string($0) }
        json["hostname"] = hostname.map { .string($0) }
        return json
    }

    /// `addresses[]` of an Endpoints subset.
    var addressJSON: JSONValue {
        var json: JSONValue = ["ip": .string(address), "targetRef": target]
        if !node.isEmpty { json["nodeName"] = .string(node) }
        json["hostname"] = hostname.map { .string($0) }
        return json
    }
}

/// A Service with its endpoints, grouped by the ports they offer: pods may give a named `targetPort` different numbers.
struct ServiceEndpoints: Sendable {
    struct Group: Sendable, Equatable {
        /// Sorted by name.
        var ports: [EndpointPort]
        /// Sorted by the pod's name.
        var endpoints: [ServiceEndpoint]
        var isIPv6 = false
    }

    var service: KubernetesObject
    var groups: [Group]

    /// Whether its endpoints are made from a selector; those of other Services are their users' to write.
    static func isSelecting(_ service: KubernetesObject) -> Bool {
        service["spec", "selector"]?.object?.isEmpty == false && service.string("spec", "type") != "ExternalName"
    }

    var isHeadless: Bool { service.string("spec", "clusterIP") == "None" }

    init(_ service: KubernetesObject, _ cache: ObjectCache) {
        self.service = service
        let selector = LabelSelector(labels: service["spec", "selector"]?.strings ?? [:])
        let publishesAll = service.bool("spec", "publishNotReadyAddresses") ?? false
        let zones = Dictionary(
            cache.objects(.nodes).compactMap { node in
                node.labels["topology.kubernetes.io/zone"].map { (node.name, $0) }
            },
            uniquingKeysWith: { first, _ in first }
        )
        struct Key: Hashable {
            var ports: [EndpointPort]
            var isIPv6: Bool
        }
        var found: [Key: [ServiceEndpoint]] = [:]
        for pod in cache.objects(.pods, in: service.namespace, matching: selector) {
            guard !pod.isFinished else { continue }
            let ports = Self.ports(service, pod)
            for address in Self.addresses(pod, service) {
                let node = pod.string("spec", "nodeName") ?? ""
                let isServing = pod.isReady || publishesAll
                let endpoint = ServiceEndpoint(
                    pod: pod.objectName,
                    uid: pod.uid,
                    address: address,
                    node: node,
                    zone: zones[node],
                    hostname: pod.string("spec", "subdomain") == service.name ? pod.string("spec", "hostname") : nil,
                    isReady: publishesAll || pod.isReady && !pod.isTerminating,
                    isServing: isServing,
                    isTerminating: pod.isTerminating
                )
                found[Key(ports: ports, isIPv6: address.contains(":")), default: []].append(endpoint)
            }
        }
        groups = found.map { Group(ports: $0.key.ports, endpoints: $0.value, isIPv6: $0.key.isIPv6) }
            .sorted { ($0.endpoints.first?.pod.name ?? "") < ($1.endpoints.first?.pod.name ?? "") }
    }

    /// One address for each of the Service's IP families.
    private static func addresses(_ pod: KubernetesObject, _ service: KubernetesObject) -> [String] {
        var all = (pod["status", "podIPs"]?.array ?? []).compactMap { $0["ip"]?.string }
        if all.isEmpty, let one = pod.string("status", "podIP"), !one.isEmpty { all = [one] }
        let families = service["spec", "ipFamilies"]?.array?.compactMap(\.string) ?? []
        guard !families.isEmpty else { return Array(all.prefix(1)) }
        return families.compactMap { family in all.first { $0.contains(":") == (family == "IPv6") } }
    }

    /// The Service's ports on this pod; one whose `targetPort` names no port of the pod is left out.
    static func ports(_ service: KubernetesObject, _ pod: KubernetesObject) -> [EndpointPort] {
        (service["spec", "ports"]?.array ?? []).compactMap { port -> EndpointPort? in
            let transport = port["protocol"]?.string ?? "TCP"
            guard let number = number(port, transport, pod) else { return nil }
            return EndpointPort(
                name: port["name"]?.string ?? "",
                transport: transport,
                port: number,
                applicationProtocol: port["appProtocol"]?.string
            )
        }.sorted { ($0.name, $0.port) < ($1.name, $1.port) }
    }

    private static func number(_ port: JSONValue, _ transport: String, _ pod: KubernetesObject) -> Int? {
        guard let target = port["targetPort"], target != 0, target != "" else {
            return KubernetesObject.int(port["port"])
        }
        guard let name = target.string else { return KubernetesObject.int(target) }
        // Ports of sidecars that start with the init containers count, too.
        for list in ["containers", "initContainers"] {
            for container in pod["spec", list]?.array ?? [] {
                if list == "initContainers", container["restartPolicy"]?.string != "Always" { continue }
                for port in container["ports"]?.array ?? []
                where port["name"]?.string == name && port["protocol"]?.string ?? "TCP" == transport {
                    return KubernetesObject.int(port["containerPort"])
                }
            }
        }
        return nil
    }

    /// The keys of Services that a change of one of `types` concerns: of a pod only when something changed that
    /// endpoints show.
    static func keys(_ change: ObjectChange, _ cache: ObjectCache) -> [ObjectName] {
        switch change.type {
        case .services: return change.object.map { [$0.objectName] } ?? []
        case .pods:
            guard let pod = change.object else { return [] }
            if let old = change.old, let new = change.new, shown(old) == shown(new) { return [] }
            let labels = [change.old, change.new].compactMap { $0?.labels }
            return cache.objects(.services, in: pod.namespace).filter { service in
                guard isSelecting(service) else { return false }
                let selector = LabelSelector(labels: service["spec", "selector"]?.strings ?? [:])
                return labels.contains(where: selector.matches)
            }.map(\.objectName)
        default: return []
        }
    }

    private static func shown(_ pod: KubernetesObject) -> [JSONValue?] {
        [
            pod["metadata", "labels"], pod["metadata", "deletionTimestamp"], pod["metadata", "uid"],
            pod["spec", "nodeName"], pod["status", "podIP"], pod["status", "podIPs"], .bool(pod.isReady),
            .bool(pod.isFinished),
        ]
    }
}
