import ClusterSchema
import ClusterStore
import KubernetesAPI
import Synchronization

/// JSON of stored objects, kept so that a list of thousands is copied and not written again, nor a change for each of the
/// hundreds who watch.
///
/// An object's JSON never changes at one revision, so nothing is ever wrong here, only old; the whole is dropped when it
/// grows beyond its limit.
final class EncodedObjects: Sendable {
    private struct Key: Hashable {
        var version: String
        var key: StoreKey
    }

    private struct Kept {
        var bytes: [Key: (revision: Int64, json: [UInt8])] = [:]
        var size = 0
    }

    private let kept = Mutex(Kept())
    private let limit: Int

    init(limit: Int = 64 << 20) { self.limit = limit }

    /// A whole list object.
    func list(_ objects: [StoredObject], _ target: Target, _ metadata: JSONValue) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(
            contentsOf: "{\"kind\":\"\(target.definition.listKind)\",\"apiVersion\":\"\(target.type.apiVersion)\",".utf8
        )
        bytes.append(contentsOf: "\"metadata\":".utf8)
        metadata.write(to: &bytes)
        bytes.append(contentsOf: ",\"items\":[".utf8)
        var first = true
        for object in objects {
            if !first { bytes.append(UInt8(ascii: ",")) }
            first = false
            append(object, target, to: &bytes)
        }
        bytes.append(contentsOf: "]}".utf8)
        return bytes
    }

    /// What a watch says of an object that was added or modified: its JSON at its revision.
    func append(_ object: KubernetesObject, _ target: Target, to bytes: inout [UInt8]) {
        guard let revision = Int64(object.resourceVersion) else { return object.json.write(to: &bytes) }
        let name = ObjectName(namespace: object.namespace, name: object.name)
        append(StoreKey(target.type, name), revision, target, to: &bytes) { object.json }
    }

    private func append(_ object: StoredObject, _ target: Target, to bytes: inout [UInt8]) {
        append(object.key, object.revision, target, to: &bytes) { target.show(object).json }
    }

    private func append(
        _ name: StoreKey,
        _ revision: Int64,
        _ target: Target,
        to bytes: inout [UInt8],
        _ content: () -> JSONValue
    ) {
        let key = Key(version: target.type.version, key: name)
        let known = kept.withLock { kept in
            kept.bytes[key].flatMap { $0.revision == revision ? $0.json : nil }
        }
        if let known {
            bytes.append(contentsOf: known)
            return
        }
        let json = content().jsonBytes
        bytes.append(contentsOf: json)
        kept.withLock { kept in
            if kept.size > limit { kept = Kept() }
            let before = kept.bytes.updateValue((revision, json), forKey: key)?.json.count ?? 0
            kept.size += json.count - before
        }
    }
}
