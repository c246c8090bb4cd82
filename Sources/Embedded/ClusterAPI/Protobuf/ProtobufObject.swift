import KubernetesAPI

/// A Kubernetes object from `application/vnd.kubernetes.protobuf`: four bytes `k8s\0`, then `runtime.Unknown`.
enum ProtobufObject {
    private static let magic: [UInt8] = [0x6B, 0x38, 0x73, 0x00]
    private static let depthLimit = 64

    /// The object as JSON. Throws 415 for kinds that are not read so, 400 for bytes that are no such message.
    static func decode(_ bytes: [UInt8]) throws(StatusError) -> JSONValue {
        guard bytes.starts(with: magic) else {
            throw StatusError(.badRequest, "the body of the request is not Kubernetes protobuf")
        }
        do {
            var apiVersion = ""
            var kind = ""
            var raw: ArraySlice<UInt8> = []
            var envelope = ProtobufReader(bytes[magic.count...])
            while let (number, payload) = try envelope.next() {
                guard case .bytes(let content) = payload else { continue }
                if number == 2 { raw = content }
                guard number == 1 else { continue }
                var type = ProtobufReader(content)
                while let (field, payload) = try type.next() {
                    guard case .bytes(let text) = payload else { continue }
                    if field == 1 { apiVersion = String(decoding: text, as: UTF8.self) }
                    if field == 2 { kind = String(decoding: text, as: UTF8.self) }
                }
            }
            guard let message = ProtobufKinds.messageName(apiVersion: apiVersion, kind: kind) else {
                throw StatusError(
                    .unsupportedMediaType,
                    "the embedded cluster does not read \(apiVersion) \(kind) as protobuf: send application/json"
                )
            }
            var object = try Self.message(message, raw, depth: 0)
            object["apiVersion"] = .string(apiVersion)
            object["kind"] = .string(kind)
            return .object(object)
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.badRequest, "the body of the request is not Kubernetes protobuf: \(error)")
        }
    }

    private static func message(
        _ name: String,
        _ bytes: ArraySlice<UInt8>,
        depth: Int
    ) throws(ProtobufError) -> [String: JSONValue] {
        guard depth < depthLimit else { throw .tooDeep }
        var object: [String: JSONValue] = [:]
        guard let fields = ProtobufKinds.all.message(name) else { return object }
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            guard let field = fields[number] else { continue }
            if field.name.isEmpty {
                let inner = try value(field, payload, depth: depth + 1)
                object.merge(inner.object ?? [:]) { _, last in last }
                continue
            }
            switch field.shape {
            case .single:
                let value = try value(field, payload, depth: depth + 1)
                if field.isOptional || !isUnset(value) { object[field.name] = value }
            case .list:
                let value = try value(field, payload, depth: depth + 1)
                object[field.name] = .array((object[field.name]?.array ?? []) + [value])
            case .map:
                guard case .bytes(let entry) = payload else { continue }
                let (key, value) = try mapEntry(field, entry, depth: depth + 1)
                var members = object[field.name]?.object ?? [:]
                members[key] = value
                object[field.name] = .object(members)
            }
        }
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
        depth: Int
    ) throws(ProtobufError) -> (String, JSONValue) {
        var key = ""
        var found = try value(field, .bytes([]), depth: depth)
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            if number == 1, case .bytes(let text) = payload { key = String(decoding: text, as: UTF8.self) }
            if number == 2 { found = try value(field, payload, depth: depth) }
        }
        return (key, found)
    }

    private static func value(
        _ field: ProtobufKinds.Field,
        _ payload: ProtobufReader.Payload,
        depth: Int
    ) throws(ProtobufError) -> JSONValue {
        let bytes: ArraySlice<UInt8>
        switch payload {
        case .integer(let number):
            return field.value == .boolean ? .bool(number != 0) : .integer(Int64(bitPattern: number))
        case .bytes(let content): bytes = content
        }
        switch field.value {
        case .string: return .string(String(decoding: bytes, as: UTF8.self))
        case .bytes: return .string(Base64.encode(bytes))
        case .message(let name): return .object(try message(name, bytes, depth: depth))
        case .quantity: return .string(try texts(bytes).last ?? "0")
        case .strings: return .array(try texts(bytes).map { .string($0) })
        case .json:
            let content = try firstBytes(bytes)
            return (try? JSONValue(json: content)) ?? .null
        case .time: return try time(bytes)
        case .integerOrString: return try integerOrString(bytes)
        case .boolean, .integer: return .null
        }
    }

    /// All texts of field 1.
    private static func texts(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> [String] {
        var texts: [String] = []
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            if number == 1, case .bytes(let text) = payload { texts.append(String(decoding: text, as: UTF8.self)) }
        }
        return texts
    }

    private static func firstBytes(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> ArraySlice<UInt8> {
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            if number == 1, case .bytes(let content) = payload { return content }
        }
        return []
    }

    private static func time(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> JSONValue {
        var reader = ProtobufReader(bytes)
        while let (number, payload) = try reader.next() {
            guard number == 1, case .integer(let seconds) = payload else { continue }
            let moment = Int64(bitPattern: seconds)
            guard (-62_135_596_800...253_402_300_799).contains(moment) else { return .null }
            return .string(Timestamp(seconds: moment).description)
        }
        return .null
    }

    private static func integerOrString(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> JSONValue {
        var isString = false
        var number: Int64 = 0
        var text = ""
        var reader = ProtobufReader(bytes)
        while let (field, payload) = try reader.next() {
            switch (field, payload) {
            case (1, .integer(let type)): isString = type == 1
            case (2, .integer(let value)): number = Int64(bitPattern: value)
            case (3, .bytes(let content)): text = String(decoding: content, as: UTF8.self)
            default: continue
            }
        }
        return isString ? .string(text) : .integer(number)
    }
}
