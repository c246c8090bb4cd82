import KubernetesAPI

/// What lies in a volume: decided from the objects it names.
struct VolumeFiles: Sendable, Hashable {
    struct File: Sendable, Hashable {
        var bytes: [UInt8]
        var mode: UInt32
    }

    /// By relative path.
    var files: [String: File] = [:]

    /// Something is missing; the pod waits with FailedMount.
    struct Missing: Error, Sendable, Hashable { var message: String }

    /// What the sources name, fetched before.
    struct Sources: Sendable {
        var configMaps: [String: KubernetesObject] = [:]
        var secrets: [String: KubernetesObject] = [:]
        /// By path within the volume.
        var tokens: [String: String] = [:]
        var downward: DownwardFields
        /// `spec.containers` and `spec.initContainers`, for resourceFieldRef.
        var containers: [JSONValue]
    }

    init(_ plan: [VolumePlan.FileSource], defaultMode: UInt32, _ sources: Sources) throws(Missing) {
        for source in plan {
            switch source {
            case .configMap(let name, let items, let isOptional):
                guard let object = sources.configMaps[name] else {
                    if isOptional { continue }
                    throw Missing(message: "configmap \"\(name)\" not found")
                }
                var data = (object["data"]?.strings ?? [:]).mapValues { Array($0.utf8) }
                for (key, value) in object["binaryData"]?.strings ?? [:] { data[key] = Base64.decode(value) ?? [] }
                try add(data, items, isOptional, defaultMode, "configmap \"\(name)\"")
            case .secret(let name, let items, let isOptional):
                guard let object = sources.secrets[name] else {
                    if isOptional { continue }
                    throw Missing(message: "secret \"\(name)\" not found")
                }
                let data = (object["data"]?.strings ?? [:]).mapValues { Base64.decode($0) ?? [] }
                try add(data, items, isOptional, defaultMode, "secret \"\(name)\"")
            case .downward(let items):
                for item in items {
                    let text: String
                    if let resource = item.resource {
                        let name = resource["containerName"]?.string
                        let container = sources.containers.first { $0["name"]?.string == name } ?? [:]
                        text = sources.downward.resource(resource, of: container)
                    } else {
                        guard let value = sources.downward.field(item.field) else {
                            throw Missing(message: "fieldRef \"\(item.field)\" is not supported")
                        }
                        text = value
                    }
                    try put(item.path, File(bytes: Array(text.utf8), mode: item.mode ?? defaultMode))
                }
            case .token(let path, _, _):
                guard let token = sources.tokens[path] else {
                    throw Missing(message: "no service account token for \"\(path)\"")
                }
                try put(path, File(bytes: Array(token.utf8), mode: defaultMode))
            case .unsupported(let kind):
                throw Missing(message: "projected source \(kind) is not supported")
            }
        }
    }

    private mutating func add(
        _ data: [String: [UInt8]],
        _ items: [VolumePlan.Item],
        _ isOptional: Bool,
        _ defaultMode: UInt32,
        _ what: String
    ) throws(Missing) {
        if items.isEmpty {
            for (key, bytes) in data { try put(key, File(bytes: bytes, mode: defaultMode)) }
            return
        }
        for item in items {
            guard let bytes = data[item.key] else {
                if isOptional { continue }
                throw Missing(message: "\(what) has no key \"\(item.key)\"")
            }
            try put(item.path, File(bytes: bytes, mode: item.mode ?? defaultMode))
        }
    }

    private mutating func put(_ path: String, _ file: File) throws(Missing) {
        guard Self.isInside(path) else { throw Missing(message: "path \"\(path)\" leaves the volume") }
        files[path] = file
    }

    /// Relative, without `..`.
    static func isInside(_ path: String) -> Bool {
        !path.isEmpty && !path.hasPrefix("/") && !path.split(separator: "/").contains("..")
    }
}
