import KubernetesAPI

/// A Kubernetes object from `application/vnd.kubernetes.protobuf`: four bytes `k8s\0`, then `runtime.Unknown`.
enum ProtobufObject {
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
    private static let depthLimit = 64

    /// The object as JSON. Throws 415 for kinds that are not read so, 400 for bytes that are no such message and for
    /// fields that ``ProtobufKinds`` does not know.
    static func decode(_ bytes: [UInt8]) throws(StatusError) -> JSONValue {
        guard bytes.starts(with: magic) else {
            throw StatusError(.badRequest, "the body of the request is not Kubernetes protobuf")
        }
        let envelope: Envelope
        do {
            envelope = try Envelope(bytes[magic.count...])
        } catch {
            throw StatusError(.badRequest, "the body of the request is not Kubernetes protobuf: \(error)")
        }
        guard let message = ProtobufKinds.messageName(apiVersion: envelope.apiVersion, kind: envelope.kind) else {
            throw StatusError(
                .unsupportedMediaType,
                "the embedded cluster does not read \(envelope.apiVersion) \(envelope.kind) as protobuf: "
                    + "send application/json"
            )
        }
        do {
            var object = try Self.message(message, envelope.raw, depth: 0)
            object["apiVersion"] = .string(envelope.apiVersion)
            object["kind"] = .string(envelope.kind)
            return .object(object)
        } catch {
            throw StatusError(.badRequest, "the body of the request is not a \(envelope.kind) in protobuf: \(error)")
        }
    }

    /// `runtime.Unknown`: the type's names and the object's own message.
    private struct Envelope {
        var apiVersion = ""
        var kind = ""
        var raw: ArraySlice<UInt8> = []

        init(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) {
            var reader = ProtobufReader(bytes)
            while let (number, payload) = try reader.next() {
                if number == 2 { raw = try payload.content(of: "runtime.Unknown.raw") }
                guard number == 1 else { continue }
                var type = ProtobufReader(try payload.content(of: "runtime.Unknown.typeMeta"))
                while let (field, payload) = try type.next() {
                    if field == 1 { apiVersion = try payload.text(of: "runtime.TypeMeta.apiVersion") }
                    if field == 2 { kind = try payload.text(of: "runtime.TypeMeta.kind") }
                }
            }
        }
    }

    private static func message(
        _ name: String,
        _ bytes: ArraySlice<UInt8>,
        depth: Int
    ) throws(ProtobufError) -> [String: JSONValue] {
        guard depth < depthLimit else { throw .tooDeep }
        guard let fields = ProtobufKinds.all.message(name) else { throw .unknownMessage(name) }
        var object: [String: JSONValue] = [:]
        var lists: [String: [JSONValue]] = [:]
        var maps: [String: [String: JSONValue]] = [:]
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            guard let field = fields[number] else { throw .unknownField(message: name, number: number) }
            if field.value == .passedOver { continue }
            let place = "\(name).\(field.name)"
            switch field.shape {
            case .single where field.name.isEmpty:
                let inner = try value(field, payload, depth: depth + 1, of: place)
                object.merge(inner.object ?? [:]) { _, last in last }
            case .single:
                let value = try value(field, payload, depth: depth + 1, of: place)
                if field.isOptional || !isUnset(value) { object[field.name] = value }
            case .list:
                lists[field.name, default: []].append(try value(field, payload, depth: depth + 1, of: place))
            case .map:
                let (key, value) = try mapEntry(field, try payload.content(of: place), depth: depth + 1, of: place)
                maps[field.name, default: [:]][key] = value
            }
        }
        for (name, list) in lists { object[name] = .array(list) }
        for (name, map) in maps { object[name] = .object(map) }
        return object
    }

    /// Go writes what is not a pointer even when nobody set it.
    private static func isUnset(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .string(""), .integer(0), .bool(false): true
        default: false
        }
    }

    private static func mapEntry(
        _ field: ProtobufKinds.Field,
        _ bytes: ArraySlice<UInt8>,
        depth: Int,
        of place: String
    ) throws(ProtobufError) -> (String, JSONValue) {
        var key = ""
        var found: JSONValue?
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            if number == 1 { key = try payload.text(of: place) }
            if number == 2 { found = try value(field, payload, depth: depth, of: place) }
        }
        if let found { return (key, found) }
        // A value that is not written is its type's empty one.
        return (key, try value(field, .bytes([]), depth: depth, of: place))
    }

    private static func value(
        _ field: ProtobufKinds.Field,
        _ payload: ProtobufReader.Payload,
        depth: Int,
        of place: String
    ) throws(ProtobufError) -> JSONValue {
        switch field.value {
        case .boolean: .bool(try payload.number(of: place) != 0)
        case .integer: .integer(Int64(bitPattern: try payload.number(of: place)))
        case .string: .string(try payload.text(of: place))
        case .bytes: .string(Base64.encode(try payload.content(of: place)))
        case .message(let name): .object(try message(name, try payload.content(of: place), depth: depth))
        case .quantity: .string(try ProtobufValues.texts(payload, place).last ?? "0")
        case .strings: .array(try ProtobufValues.texts(payload, place).map { .string($0) })
        case .json: try ProtobufValues.json(payload, place)
        case .time: try ProtobufValues.time(payload, place)?.json ?? .null
        case .microTime: try ProtobufValues.time(payload, place).map { .string($0.microsecondText) } ?? .null
        case .integerOrString: try ProtobufValues.integerOrString(payload, place)
        case .passedOver: .null
        }
    }
}
