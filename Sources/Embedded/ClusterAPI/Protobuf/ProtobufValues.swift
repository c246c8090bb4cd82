import KubernetesAPI

/// Messages that stand for one JSON value.
enum ProtobufValues {
    typealias Payload = ProtobufReader.Payload

    /// All texts of field 1: `resource.Quantity` has one, `ExtraValue` any number.
    static func texts(_ payload: Payload, _ place: String) throws(ProtobufError) -> [String] {
        var texts: [String] = []
        var reader = ProtobufReader(try payload.content(of: place))
        while let (number, inner) = try reader.next() {
            if number == 1 { texts.append(try inner.text(of: place)) }
        }
        return texts
    }

    /// JSON in field 1: `runtime.RawExtension`, `FieldsV1`.
    static func json(_ payload: Payload, _ place: String) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(try payload.content(of: place))
        while let (number, inner) = try reader.next() {
            guard number == 1 else { continue }
            guard let value = try? JSONValue(json: try inner.content(of: place)) else { throw .malformed(place) }
            return value
        }
        return .null
    }

    /// `metav1.Time` and `metav1.MicroTime`; nil for Go's zero time, which is written without a field.
    static func time(_ payload: Payload, _ place: String) throws(ProtobufError) -> Timestamp? {
        var seconds: Int64?
        var nanoseconds: Int64 = 0
        var reader = ProtobufReader(try payload.content(of: place))
        while let (number, inner) = try reader.next() {
            if number == 1 { seconds = Int64(bitPattern: try inner.number(of: place)) }
            if number == 2 { nanoseconds = Int64(bitPattern: try inner.number(of: place)) }
        }
        return seconds.map { Timestamp(seconds: $0, nanoseconds: nanoseconds) }
    }

    /// `intstr.IntOrString`: type, number, text.
    static func integerOrString(_ payload: Payload, _ place: String) throws(ProtobufError) -> JSONValue {
        var isString = false
        var value: Int64 = 0
        var text = ""
        var reader = ProtobufReader(try payload.content(of: place))
        while let (number, inner) = try reader.next() {
            switch number {
            case 1: isString = try inner.number(of: place) == 1
            case 2: value = Int64(bitPattern: try inner.number(of: place))
            case 3: text = try inner.text(of: place)
            default: throw .unknownField(message: "intstr.IntOrString", number: number)
            }
        }
        return isString ? .string(text) : .integer(value)
    }
}
