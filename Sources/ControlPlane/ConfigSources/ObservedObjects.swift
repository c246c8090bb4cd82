import KubernetesAPI
import MeshConfig

/// What an API server showed so far, as contents of a ``ConfigStore``. Pure.
struct ObservedObjects {
    private var store: ConfigStore
    private var seen: [ResourceType: [ObjectName: JSONValue]] = [:]
    /// Types not listed yet: before that a missing object says nothing.
    private var awaited: Set<ResourceType>

    init(types: [ResourceType], mesh: MeshConfiguration) {
        store = ConfigStore(mesh: mesh)
        awaited = Set(types)
    }

    /// Takes changes in; nil while a type was never listed, or when nothing changed that the mesh reads.
    mutating func apply(_ changes: [(ResourceType, Reflector.Event)]) -> ConfigUpdate? {
        let isFirst = !awaited.isEmpty
        var contents: [String: FileContent] = [:]
        var removed: Set<String> = []
        for (type, event) in changes {
            switch event {
            case .synced(let objects):
                awaited.remove(type)
                let names = Set(objects.map(\.objectName))
                for name in seen[type, default: [:]].keys where !names.contains(name) {
                    forget(type, name, &contents, &removed)
                }
                for object in objects { note(type, object, &contents, &removed) }
            case .applied(let object): note(type, object, &contents, &removed)
            case .deleted(let object): forget(type, object.objectName, &contents, &removed)
            }
        }
        guard isFirst || !contents.isEmpty || !removed.isEmpty else { return nil }
        let update = store.apply(contents, removed: removed)
        return awaited.isEmpty ? update : nil
    }

    private mutating func note(
        _ type: ResourceType,
        _ object: KubernetesObject,
        _ contents: inout [String: FileContent],
        _ removed: inout Set<String>
    ) {
        let read = Self.readPart(of: object, type)
        guard seen[type]?[object.objectName] != read else { return }
        seen[type, default: [:]][object.objectName] = read
        let path = Self.path(type, object.objectName)
        removed.remove(path)
        contents[path] = .bytes(read.jsonBytes)
    }

    private mutating func forget(
        _ type: ResourceType,
        _ name: ObjectName,
        _ contents: inout [String: FileContent],
        _ removed: inout Set<String>
    ) {
        guard seen[type]?.removeValue(forKey: name) != nil else { return }
        let path = Self.path(type, name)
        contents[path] = nil
        removed.insert(path)
    }

    private static func path(_ type: ResourceType, _ name: ObjectName) -> String { "\(type.plural)/\(name)" }

    /// The object without what changes all the time and means nothing to the mesh.
    private static func readPart(of object: KubernetesObject, _ type: ResourceType) -> JSONValue {
        var object = object
        for field in ["resourceVersion", "managedFields"] { object["metadata", field] = nil }
        if type.group.hasSuffix(".istio.io") {
            object["status"] = nil
            object["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"] = nil
        }
        switch type {
        case .pods:
            // The many states of its containers matter to endpoints only, and those come by EndpointSlice.
            let status = object["status"]
            object["status"] = [:]
            for field in ["phase", "podIP", "podIPs", "hostIP"] { object["status", field] = status?[field] }
            let ready = status?["conditions"]?.array?.first { $0["type"]?.string == "Ready" }
            if let ready {
                object["status", "conditions"] = [["type": "Ready", "status": ready["status"] ?? "Unknown"]]
            }
        case .nodes, .namespaces: object["status"] = nil
        case .secrets:
            // What is no certificate is nobody's business here, the key of the mesh's own authority least of all.
            let data = object["data"]
            object["data"] = [:]
            for entry in SecretSpec.Entry.allCases { object["data", entry.rawValue] = data?[entry.rawValue] }
            object["metadata", "annotations", "kubectl.kubernetes.io/last-applied-configuration"] = nil
        default: break
        }
        return object.json
    }
}
