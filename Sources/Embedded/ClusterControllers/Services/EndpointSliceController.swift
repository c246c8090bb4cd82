import KubernetesAPI

/// Writes the EndpointSlices (discovery.k8s.io/v1) of Services with a selector: at most 100 endpoints in each, and as
/// little moved between them as a change allows.
struct EndpointSliceController: Controller {
    let name = "endpoint-slice-controller"
    let types: Set<ResourceType> = [.services, .pods, .nodes, .endpointSlices]

    static let serviceLabel = "kubernetes.io/service-name"
    static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
    static let managedBy = "endpointslice-controller.k8s.io"
    static let headlessLabel = "service.kubernetes.io/headless"
    static let longest = 100

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        guard change.type == .endpointSlices else { return ServiceEndpoints.keys(change, situation.cache) }
        guard let slice = change.object, slice.labels[Self.managedByLabel] == Self.managedBy,
            let service = slice.labels[Self.serviceLabel]
        else { return [] }
        return [ObjectName(namespace: slice.namespace, name: service)]
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        let selector = LabelSelector(labels: [Self.serviceLabel: key.name, Self.managedByLabel: Self.managedBy])
        let present = situation.cache.objects(.endpointSlices, in: key.namespace, matching: selector)
            .filter { !$0.isTerminating }
        guard let service = situation.cache.object(.services, key), service.deletionTimestamp == nil,
            ServiceEndpoints.isSelecting(service)
        else { return Decision(present.map { .delete(.endpointSlices, $0, DeleteOptions(), nil) }) }
        let plan = SlicePlan(ServiceEndpoints(service, situation.cache), present)
        return Decision(plan.actions)
    }
}

/// The slices a Service should have, made from those it has.
struct SlicePlan: Sendable {
    private(set) var actions: [Action] = []

    init(_ wanted: ServiceEndpoints, _ present: [KubernetesObject]) {
        var unclaimed = present
        var groups = wanted.groups
        if groups.isEmpty {
            // Whoever looks for the Service's slices finds one, which says that there is nobody.
            let families = wanted.service["spec", "ipFamilies"]?.array?.compactMap(\.string) ?? []
            groups = [.init(ports: [], endpoints: [], isIPv6: families.first == "IPv6")]
        }
        for group in groups {
            let ports = JSONValue.array(group.ports.map(\.json))
            let family = group.isIPv6 ? "IPv6" : "IPv4"
            let slices = unclaimed.filter { slice in
                slice.string("addressType") == family && (slice["ports"] ?? []) == ports
            }
            unclaimed.removeAll { slice in slices.contains { $0.uid == slice.uid } }
            let reusable = slices.isEmpty && group.endpoints.isEmpty ? unclaimed.popLast(family: family) : nil
            fill(slices + (reusable.map { [$0] } ?? []), group, family, ports, wanted)
        }
        actions += unclaimed.map { .delete(.endpointSlices, $0, DeleteOptions(), nil) }
    }

    /// Endpoints stay in the slice they are in; new ones fill slices with room, then new slices; empty slices go.
    private mutating func fill(
        _ slices: [KubernetesObject],
        _ group: ServiceEndpoints.Group,
        _ family: String,
        _ ports: JSONValue,
        _ wanted: ServiceEndpoints
    ) {
        var unplaced: [String: ServiceEndpoint] = [:]
        for endpoint in group.endpoints { unplaced[endpoint.uid] = endpoint }
        var contents = slices.map { slice in
            (slice["endpoints"]?.array ?? []).compactMap { old -> ServiceEndpoint? in
                old[path: ["targetRef", "uid"]]?.string.flatMap { unplaced.removeValue(forKey: $0) }
            }
        }
        var rest = group.endpoints.filter { unplaced[$0.uid] != nil }[...]
        // The fullest first, so that the fewest slices are written.
        for index in contents.indices.sorted(by: { contents[$0].count > contents[$1].count }) {
            let room = EndpointSliceController.longest - contents[index].count
            guard room > 0, !rest.isEmpty else { continue }
            contents[index] += rest.prefix(room)
            rest = rest.dropFirst(room)
        }
        var isKept = false
        for (slice, endpoints) in zip(slices, contents) {
            if endpoints.isEmpty, !group.endpoints.isEmpty || isKept {
                actions.append(.delete(.endpointSlices, slice, DeleteOptions(), nil))
                continue
            }
            isKept = true
            update(slice, endpoints, ports, wanted)
        }
        if slices.isEmpty, group.endpoints.isEmpty { create([], family, ports, wanted) }
        while !rest.isEmpty {
            create(Array(rest.prefix(EndpointSliceController.longest)), family, ports, wanted)
            rest = rest.dropFirst(EndpointSliceController.longest)
        }
    }

    private mutating func update(
        _ slice: KubernetesObject,
        _ endpoints: [ServiceEndpoint],
        _ ports: JSONValue,
        _ wanted: ServiceEndpoints
    ) {
        let list = JSONValue.array(endpoints.map(\.sliceJSON))
        var patch: JSONValue = [:]
        if (slice["endpoints"] ?? []) != list { patch["endpoints"] = list }
        if (slice["ports"] ?? []) != ports { patch["ports"] = ports }
        let labels = Self.labels(wanted)
        if slice.labels != labels {
            var change = JSONValue(labels)
            for name in slice.labels.keys where labels[name] == nil { change[name] = .null }
            patch["metadata"] = ["labels": change]
        }
        guard patch != [:] else { return }
        actions.append(.patch(.endpointSlices, slice.objectName, patch, nil))
    }

    private mutating func create(
        _ endpoints: [ServiceEndpoint],
        _ family: String,
        _ ports: JSONValue,
        _ wanted: ServiceEndpoints
    ) {
        let service = wanted.service
        var slice = KubernetesObject([
            "apiVersion": .string(ResourceType.endpointSlices.apiVersion),
            "kind": .string(ResourceType.endpointSlices.kind),
            "metadata": ["namespace": .string(service.namespace), "generateName": .string(service.name + "-")],
            "addressType": .string(family), "endpoints": .array(endpoints.map(\.sliceJSON)), "ports": ports,
        ])
        slice.labels = Self.labels(wanted)
        slice.ownerReferences = [OwnerReference(controller: service)]
        actions.append(.create(.endpointSlices, slice, nil))
    }

    /// Those of the Service and those that say whose it is.
    private static func labels(_ wanted: ServiceEndpoints) -> [String: String] {
        var labels = wanted.service.labels
        labels[EndpointSliceController.headlessLabel] = wanted.isHeadless ? "" : nil
        labels[EndpointSliceController.serviceLabel] = wanted.service.name
        labels[EndpointSliceController.managedByLabel] = EndpointSliceController.managedBy
        return labels
    }
}

extension [KubernetesObject] {
    /// Takes out the last slice of an address family.
    fileprivate mutating func popLast(family: String) -> KubernetesObject? {
        lastIndex { $0.string("addressType") == family }.map { remove(at: $0) }
    }
}
