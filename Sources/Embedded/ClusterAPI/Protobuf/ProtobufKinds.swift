/// The messages in which clients may send built-in kinds (`application/vnd.kubernetes.protobuf`).
///
/// kubectl encodes the bodies of `create namespace`, `create token`, `auth can-i` and the like so, without an
/// alternative. Written down as text, one message a line: field number, JSON name and type (see ``Field``). A number that
/// is not written down here, such as a cloud provider's volume, is refused and never dropped; only statuses (`-`) are
/// passed over, because a main resource does not take them: `/status` is not read as protobuf at all.
struct ProtobufKinds: Sendable {
    /// A field as a message's line has it, such as `3=finalizers:[]s`.
    struct Field: Sendable {
        enum Value: Sendable, Equatable {
            case string, bytes, boolean, integer
            /// `metav1.Time`, `metav1.MicroTime`, `resource.Quantity`, `intstr.IntOrString`, JSON as bytes, a list of strings in a message.
            case time, microTime, quantity, integerOrString, json, strings
            case message(String)
            case passedOver
        }

        enum Shape: Sendable { case single, list, map }

        /// Empty when the message's fields stand in the parent's JSON.
        var name: String
        var value: Value
        var shape: Shape
        /// A pointer in Go: its zero is meant, not just unset.
        var isOptional: Bool
    }

    static let all = ProtobufKinds([coreText, metaText, groupsText])

    private var messages: [String: [UInt32: Field]] = [:]

    init(_ texts: [String]) {
        var message = ""
        for word in texts.joined(separator: "\n").split(whereSeparator: \.isWhitespace) {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = UInt32(parts[0]) else {
                message = String(word)
                messages[message] = [:]
                continue
            }
            messages[message]?[number] = Field(parts[1])
        }
    }

    var names: Dictionary<String, [UInt32: Field]>.Keys { messages.keys }

    func message(_ name: String) -> [UInt32: Field]? { messages[name] }

    /// The message of a kind; nil when it is not known here.
    static func messageName(apiVersion: String, kind: String) -> String? {
        if kind == "DeleteOptions" { return "meta.DeleteOptions" }
        let packages = [
            "v1": "core", "apps/v1": "apps", "batch/v1": "batch", "rbac.authorization.k8s.io/v1": "rbac",
            "authentication.k8s.io/v1": "authentication", "authorization.k8s.io/v1": "authorization",
            "networking.k8s.io/v1": "networking", "policy/v1": "policy", "autoscaling/v1": "autoscaling1",
            "autoscaling/v2": "autoscaling2", "coordination.k8s.io/v1": "coordination",
            "discovery.k8s.io/v1": "discovery", "scheduling.k8s.io/v1": "scheduling",
        ]
        guard let package = packages[apiVersion] else { return nil }
        let name = "\(package).\(kind)"
        return all.message(name) == nil ? nil : name
    }
}

extension ProtobufKinds.Field {
    /// `replicas:*i`, `labels:{}s`, `:core.VolumeSource`.
    init(_ text: Substring) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        name = String(parts[0])
        var type = parts.count == 2 ? parts[1] : ""
        isOptional = type.hasPrefix("*")
        if isOptional { type.removeFirst() }
        shape = type.hasPrefix("[]") ? .list : type.hasPrefix("{}") ? .map : .single
        if shape != .single { type.removeFirst(2) }
        switch type {
        case "s": value = .string
        case "b": value = .bytes
        case "B": value = .boolean
        case "i": value = .integer
        case "T": value = .time
        case "U": value = .microTime
        case "Q": value = .quantity
        case "I": value = .integerOrString
        case "J": value = .json
        case "X": value = .strings
        case "-": value = .passedOver
        default: value = .message(String(type))
        }
    }
}
