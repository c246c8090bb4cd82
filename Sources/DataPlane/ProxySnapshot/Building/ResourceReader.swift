import SwiftProtobuf

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// Why a resource cannot be served: the field and what is wrong with it.
struct InvalidResource: Error, Equatable {
    let reason: String
}

/// Reads protobuf messages into the proxy's own values: the one place where a resource is checked.
///
/// It keeps the path of the field being read for messages, the slots of names, and the warnings of the resource.
/// Messages whose unknown fields could change which requests match are refused; unknown fields elsewhere are warned of.
struct ResourceReader {
    var clusterSlots = SlotTable()
    var routeSlots = SlotTable()
    /// The route tables that the resource read last asks for.
    var wantedRoutes: Set<String> = []
    /// What the resource read last asks for and the proxy leaves out.
    var warnings: [String] = []
    /// Route tables read so far.
    var tablesRead: UInt64 = 0
    private var path: [String] = []

    /// Forgets what belongs to one resource.
    mutating func begin() {
        wantedRoutes = []
        warnings = []
        path = []
    }

    /// Reads the part of the message called `field`.
    mutating func within<T>(
        _ field: String,
        _ body: (inout ResourceReader) throws(InvalidResource) -> T
    ) throws(InvalidResource) -> T {
        path.append(field)
        let depth = path.count
        // A thrown error ends the whole resource, so the path need not be restored on that way out.
        let value = try body(&self)
        path.removeSubrange((depth - 1)...)
        return value
    }

    /// Reads each element of a repeated field.
    mutating func each<Element, T>(
        _ field: String,
        _ elements: some Sequence<Element>,
        _ body: (inout ResourceReader, Element) throws(InvalidResource) -> T
    ) throws(InvalidResource) -> [T] {
        var values: [T] = []
        for (index, element) in elements.enumerated() {
            path.append("\(field)[\(index)]")
            values.append(try body(&self, element))
            path.removeLast()
        }
        return values
    }

    /// The error for the field being read, or a field of it.
    func invalid(_ field: String, _ what: String) -> InvalidResource {
        InvalidResource(reason: "\(location(field)): \(what)")
    }

    mutating func warn(_ field: String, _ what: String) {
        warnings.append("\(location(field)): \(what)")
    }

    private func location(_ field: String) -> String {
        (path + (field.isEmpty ? [] : [field])).joined(separator: ".")
    }

    mutating func cluster(_ field: String, _ name: String) throws(InvalidResource) -> ClusterIndex {
        guard !name.isEmpty else { throw invalid(field, "the cluster name is empty") }
        return ClusterIndex(rawValue: clusterSlots.slot(for: name))
    }

    /// Refuses a message that carries fields this proxy does not know: ignoring one would widen a match.
    func refuseUnknownFields(_ message: some Message) throws(InvalidResource) {
        let numbers = UnknownFieldNumbers.of(message)
        guard !numbers.isEmpty else { return }
        throw invalid("", "\(type(of: message).protoMessageName) field \(numbers) is not known to this proxy")
    }

    /// Warns of fields this proxy does not know.
    mutating func noteUnknownFields(_ message: some Message) {
        let numbers = UnknownFieldNumbers.of(message)
        guard !numbers.isEmpty else { return }
        warn("", "\(type(of: message).protoMessageName) field \(numbers) is not known to this proxy and left out")
    }

    /// Unpacks a typed extension.
    func unpack<M: Message>(_ any: Google_Protobuf_Any, _ type: M.Type) throws(InvalidResource) -> M {
        do {
            return try M(unpackingAny: any)
        } catch {
            throw invalid("typed_config", "is not a readable \(M.protoMessageName)")
        }
    }

    func duration(_ field: String, _ value: Google_Protobuf_Duration) throws(InvalidResource) -> Duration {
        // The bound is protobuf's own: 10,000 years.
        guard (0...315_576_000_000).contains(value.seconds), (0...999_999_999).contains(value.nanos) else {
            throw invalid(field, "the duration is negative or out of range")
        }
        return .seconds(value.seconds) + .nanoseconds(Int64(value.nanos))
    }

    /// A duration where zero means off.
    func optionalDuration(_ field: String, _ value: Google_Protobuf_Duration) throws(InvalidResource) -> Duration? {
        let duration = try duration(field, value)
        return duration == .zero ? nil : duration
    }

    func port(_ field: String, _ value: UInt32, allowingZero: Bool = false) throws(InvalidResource) -> UInt16 {
        guard let port = UInt16(exactly: value), port > 0 || allowingZero else {
            throw invalid(field, "\(value) is not a port")
        }
        return port
    }
}

/// Lists the field numbers that a message carries beyond its known ones.
enum UnknownFieldNumbers {
    static func of(_ message: some Message) -> [Int] {
        let bytes = message.unknownFields.data
        guard !bytes.isEmpty else { return [] }
        var numbers: Set<Int> = []
        var position = bytes.startIndex
        func varint() -> UInt64? {
            var value: UInt64 = 0
            var shift: UInt64 = 0
            while position < bytes.endIndex, shift < 64 {
                let byte = bytes[position]
                position += 1
                value |= UInt64(byte & 0x7f) << shift
                if byte < 0x80 { return value }
                shift += 7
            }
            return nil
        }
        while position < bytes.endIndex, let tag = varint() {
            numbers.insert(Int(truncatingIfNeeded: tag >> 3))
            let skipped: UInt64?
            switch tag & 7 {
            case 0: skipped = varint().map { _ in 0 }
            case 1: skipped = 8
            case 2: skipped = varint()
            case 5: skipped = 4
            default: skipped = nil
            }
            guard let skipped, skipped <= UInt64(bytes.distance(from: position, to: bytes.endIndex)) else { break }
            position += Int(skipped)
        }
        return numbers.sorted()
    }
}
