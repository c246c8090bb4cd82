import KubernetesAPI

/// Cuts a watch's bytes into its events. Pure.
struct WatchLines {
    /// A longer line is refused: no object is that large.
    static let limit = 16 << 20

    private var rest: [UInt8] = []

    /// The events that these bytes complete, in order.
    ///
    /// Throws the server's own error event (410 and others), and `.internalError` for what is no watch event.
    mutating func take(_ bytes: some Sequence<UInt8>) throws(StatusError) -> [WatchEvent] {
        var lines: [[UInt8]] = []
        // Buffers of the network are contiguous; byte by byte through their views costs more than reading the JSON.
        if bytes.withContiguousStorageIfAvailable({ cut($0, into: &lines) }) == nil {
            Array(bytes).withUnsafeBufferPointer { cut($0, into: &lines) }
        }
        var events: [WatchEvent] = []
        for line in lines { events.append(try Self.event(line)) }
        guard rest.count <= Self.limit else {
            throw StatusError(.internalError, "a watch event is longer than \(Self.limit) bytes")
        }
        return events
    }

    private mutating func cut(_ bytes: UnsafeBufferPointer<UInt8>, into lines: inout [[UInt8]]) {
        var remaining = bytes[...]
        while let end = remaining.firstIndex(of: UInt8(ascii: "\n")) {
            rest.append(contentsOf: remaining[..<end])
            remaining = remaining[(end + 1)...]
            if rest.isEmpty { continue }
            lines.append(rest)
            rest = []
        }
        rest.append(contentsOf: remaining)
    }

    private static func event(_ line: [UInt8]) throws(StatusError) -> WatchEvent {
        let json: JSONValue
        do {
            json = try JSONValue(json: line)
        } catch {
            throw StatusError(.internalError, "a watch event is not JSON \(error)")
        }
        let object = KubernetesObject(json["object"] ?? [:])
        switch json["type"]?.string {
        case "ADDED": return .added(object)
        case "MODIFIED": return .modified(object)
        case "DELETED": return .deleted(object)
        case "BOOKMARK": return .bookmark(resourceVersion: object.resourceVersion)
        case "ERROR": throw StatusError(object.json) ?? StatusError(.internalError, "the watch failed without a reason")
        default: throw StatusError(.internalError, "a watch event of unknown type")
        }
    }
}
