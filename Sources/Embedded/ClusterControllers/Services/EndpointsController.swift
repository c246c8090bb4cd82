import KubernetesAPI

/// Writes the Endpoints (v1) of Services with a selector, for clients that do not know EndpointSlices.
struct EndpointsController: Controller {
    let name = "endpoint-controller"
    let types: Set<ResourceType> = [.services, .pods, .nodes, .endpoints]

    static let managedByLabel = "endpoints.kubernetes.io/managed-by"
    /// More addresses are left out (annotation `endpoints.kubernetes.io/over-capacity`).
    static let capacity = 1000

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        guard change.type == .endpoints else { return ServiceEndpoints.keys(change, situation.cache) }
        guard let endpoints = change.object, endpoints.labels[Self.managedByLabel] == name else { return [] }
        return [endpoints.objectName]
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        let present = situation.cache.object(.endpoints, key)
        guard let service = situation.cache.object(.services, key), service.deletionTimestamp == nil else {
            // Those that somebody wrote for a Service to come stay.
            guard let present, !present.isTerminating, present.labels[Self.managedByLabel] == name else {
                return .nothing
            }
            return Decision([.delete(.endpoints, present, DeleteOptions(), nil)])
        }
        guard ServiceEndpoints.isSelecting(service) else { return .nothing }
        let wanted = ServiceEndpoints(service, situation.cache)
        let (subsets, isCut) = Self.subsets(wanted)
        var labels = service.labels
        labels[Self.managedByLabel] = name
        labels[EndpointSliceController.headlessLabel] = wanted.isHeadless ? "" : nil
        let cut = "endpoints.kubernetes.io/over-capacity"
        guard let present else {
            var endpoints = KubernetesObject(.endpoints, key)
            endpoints.labels = labels
            if isCut { endpoints.annotations = [cut: "truncated"] }
            if !subsets.isEmpty { endpoints["subsets"] = .array(subsets) }
            return Decision([.create(.endpoints, endpoints, nil)])
        }
        var patch: JSONValue = [:]
        if (present["subsets"]?.array ?? []) != subsets {
            patch["subsets"] = subsets.isEmpty ? .null : .array(subsets)
        }
        if present.labels != labels {
            var change = JSONValue(labels)
            for label in present.labels.keys where labels[label] == nil { change[label] = .null }
            patch[path: ["metadata", "labels"]] = change
        }
        if (present.annotations[cut] != nil) != isCut {
            patch[path: ["metadata", "annotations"]] = [cut: isCut ? "truncated" : .null]
        }
        return patch == [:] ? .nothing : Decision([.patch(.endpoints, key, patch, nil)])
    }

    /// One subset for each set of ports; pods being deleted are in none, unless the Service publishes them all.
    static func subsets(_ wanted: ServiceEndpoints) -> (subsets: [JSONValue], isCut: Bool) {
        let publishesAll = wanted.service.bool("spec", "publishNotReadyAddresses") ?? false
        var room = capacity
        var isCut = false
        let subsets = wanted.groups.compactMap { group -> JSONValue? in
            var endpoints = group.endpoints.filter { publishesAll || !$0.isTerminating }
            isCut = isCut || endpoints.count > room
            endpoints = Array(endpoints.prefix(room))
            room -= endpoints.count
            guard !endpoints.isEmpty, !group.ports.isEmpty || wanted.isHeadless else { return nil }
            var subset: JSONValue = [:]
            let ready = endpoints.filter(\.isReady).map(\.addressJSON)
            let notReady = endpoints.filter { !$0.isReady }.map(\.addressJSON)
            if !ready.isEmpty { subset["addresses"] = .array(ready) }
            if !notReady.isEmpty { subset["notReadyAddresses"] = .array(notReady) }
            let ports = group.ports.map { port in
                var json = port.json
                if port.name.isEmpty { json["name"] = nil }
                return json
            }
            if !ports.isEmpty { subset["ports"] = .array(ports) }
            return subset
        }
        return (subsets, isCut)
    }
}
