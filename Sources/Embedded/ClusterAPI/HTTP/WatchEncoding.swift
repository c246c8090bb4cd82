import ClusterSchema
import KubernetesAPI

/// How the lines of a watch are written.
struct WatchEncoding: Sendable {
    var target: Target
    var format: AcceptedFormat
    var includeObject: IncludedObject
    var encoded: EncodedObjects
    var clock: @Sendable () -> Timestamp
    /// Only the first table names its columns.
    private var hasColumns = false

    init(
        _ target: Target,
        _ format: AcceptedFormat,
        _ includeObject: IncludedObject,
        encoded: EncodedObjects,
        clock: @escaping @Sendable () -> Timestamp
    ) {
        self.target = target
        self.format = format
        self.includeObject = includeObject
        self.encoded = encoded
        self.clock = clock
    }

    /// One line with its end.
    mutating func line(_ signal: WatchSignal) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2048)
        switch signal {
        case .event(.added(let added)):
            begin("ADDED", &bytes)
            present(added, &bytes)
        case .event(.modified(let modified)):
            begin("MODIFIED", &bytes)
            present(modified, &bytes)
        case .event(.deleted(let deleted)):
            // Its content is not always what its revision says: it may only have stopped being selected.
            begin("DELETED", &bytes)
            show(deleted).write(to: &bytes)
        case .event(.bookmark(let version)):
            begin("BOOKMARK", &bytes)
            bookmark(version, endsInitial: false).write(to: &bytes)
        case .initialEventsEnd(let version):
            begin("BOOKMARK", &bytes)
            bookmark(version, endsInitial: true).write(to: &bytes)
        }
        bytes.append(contentsOf: "}\n".utf8)
        return bytes
    }

    private func begin(_ type: String, _ bytes: inout [UInt8]) {
        bytes.append(contentsOf: "{\"type\":\"\(type)\",\"object\":".utf8)
    }

    private mutating func present(_ object: KubernetesObject, _ bytes: inout [UInt8]) {
        switch format {
        case .object, .groupDiscovery: encoded.append(object, target, to: &bytes)
        case .table, .metadata: show(object).write(to: &bytes)
        }
    }

    private mutating func show(_ object: KubernetesObject) -> JSONValue {
        switch format {
        case .table: return table([object], object.resourceVersion)
        case .metadata: return AcceptedFormat.partial(object.json)
        case .object, .groupDiscovery: return object.json
        }
    }

    private mutating func table(_ objects: [KubernetesObject], _ version: String) -> JSONValue {
        var table = target.definition.table(
            of: objects,
            includeObject: includeObject,
            now: clock().seconds,
            listMetadata: ["resourceVersion": .string(version)]
        )
        if hasColumns { table["columnDefinitions"] = [] }
        hasColumns = true
        return table
    }

    private mutating func bookmark(_ version: String, endsInitial: Bool) -> JSONValue {
        var metadata: JSONValue = ["resourceVersion": .string(version), "creationTimestamp": nil]
        if endsInitial { metadata["annotations"] = ["k8s.io/initial-events-end": "true"] }
        let object: JSONValue = [
            "kind": .string(target.type.kind), "apiVersion": .string(target.type.apiVersion), "metadata": metadata,
        ]
        switch format {
        case .metadata: return AcceptedFormat.partial(object)
        case .table:
            // One row that carries the metadata, as Kubernetes sends it.
            var table = table([], version)
            table["rows"] = [["cells": [], "object": AcceptedFormat.partial(object)]]
            return table
        case .object, .groupDiscovery: return object
        }
    }
}
