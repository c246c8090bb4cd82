internal import MeshTelemetry
internal import NIOCore
internal import ProxySnapshot

extension RequestMetadata {
    /// Appends the value at the end of `path`, the namespace first; false if there is none, or null.
    ///
    /// A text is appended as it is unless `asJSON`; all else is JSON, members in the order of their names.
    func write(_ path: [ContiguousArray<UInt8>], asJSON: Bool, into buffer: inout ByteBuffer) -> Bool {
        guard let namespace = path.first else { return false }
        let found = path.count == 1 ? all(of: namespace) : value(namespace, path.dropFirst())
        switch found {
        case .null?, nil: return false
        case .text(let text)? where !asJSON: buffer.writeBytes(text)
        case let value?: value.writeJSON(into: &buffer)
        }
        return true
    }

    private func all(of namespace: ContiguousArray<UInt8>) -> MetadataValue? {
        let members = entries.filter { $0.namespace == namespace }.map { MetadataMember(name: $0.key, value: $0.value) }
        return members.isEmpty ? nil : .object(members)
    }
}

extension MetadataValue {
    fileprivate func writeJSON(into buffer: inout ByteBuffer) {
        switch self {
        case .null: buffer.writeStaticString("null")
        case .boolean(let flag): buffer.writeString(flag ? "true" : "false")
        case .integer(let number): buffer.writeString("\(number)")
        // JSON knows no infinity.
        case .number(let number): buffer.writeString(number.isFinite ? "\(number)" : "null")
        case .text(let text): Self.write(text, into: &buffer)
        case .list(let elements):
            var opening: StaticString = "["
            for element in elements {
                buffer.writeStaticString(opening)
                opening = ","
                element.writeJSON(into: &buffer)
            }
            buffer.writeStaticString(elements.isEmpty ? "[]" : "]")
        case .object(let members):
            var opening: StaticString = "{"
            for member in members.sorted(by: { $0.name.lexicographicallyPrecedes($1.name) }) {
                buffer.writeStaticString(opening)
                opening = ","
                Self.write(member.name, into: &buffer)
                buffer.writeStaticString(":")
                member.value.writeJSON(into: &buffer)
            }
            buffer.writeStaticString(members.isEmpty ? "{}" : "}")
        }
    }

    private static func write(_ text: ContiguousArray<UInt8>, into buffer: inout ByteBuffer) {
        buffer.writeStaticString("\"")
        text.withUnsafeBytes { JSONText.write($0, into: &buffer) }
        buffer.writeStaticString("\"")
    }
}
