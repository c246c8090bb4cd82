import KubernetesAPI

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the value of an annotation may be.
enum AnnotationRule: Sendable {
    case anything
    case notEmpty
    case boolean
    case oneOf([String])
    /// Separated by commas.
    case listOf([String])
    case number(ClosedRange<Int64>)
    case quantity
    /// Ports separated by commas; `*` when all may be meant.
    case ports(allowsAll: Bool)
    /// CIDR ranges separated by commas; `*` when all may be meant.
    case ranges(allowsAll: Bool)
    /// `NAME:LEVEL` separated by commas; without a needed name a level alone counts for everything.
    case levels(isNameNeeded: Bool)
    /// JSON: an object whose members are objects, or an array of objects with a `name`.
    case namedObjects

    static let logLevels = ["trace", "debug", "info", "warning", "warn", "error", "critical", "off"]
    private static let agentLevels = ["debug", "info", "warn", "error", "fatal", "none"]

    /// What is allowed, when `text` is not.
    func refusal(of text: String) -> String? {
        isSatisfied(by: text) ? nil : allowed
    }

    private var allowed: String {
        switch self {
        case .anything: "anything"
        case .notEmpty: "a text that is not empty"
        case .boolean: "true or false"
        case .oneOf(let names): "one of \(names.joined(separator: ", "))"
        case .listOf(let names): "a list, separated by commas, of \(names.joined(separator: ", "))"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .quantity: "a quantity such as 100m or 128Mi"
        case .ports(let allowsAll): "ports separated by commas\(allowsAll ? ", or *" : "")"
        case .ranges(let allowsAll): "CIDR ranges separated by commas\(allowsAll ? ", or *" : "")"
        case .levels(let isNameNeeded):
            "\(isNameNeeded ? "" : "a level or ")NAME:LEVEL separated by commas, LEVEL one of "
                + (isNameNeeded ? Self.logLevels : Self.agentLevels).joined(separator: ", ")
        case .namedObjects: "a JSON object by name, such as {\"data\": {...}}, or a JSON array of objects with a name"
        }
    }

    private func isSatisfied(by text: String) -> Bool {
        switch self {
        case .anything: true
        case .notEmpty: !text.isEmpty
        case .boolean: text == "true" || text == "false"
        case .oneOf(let names): names.contains(text)
        case .listOf(let names): !text.isEmpty && Self.parts(text).allSatisfy(names.contains)
        case .number(let range): Int64(text).map(range.contains) ?? false
        case .quantity: Self.isQuantity(text)
        case .ports(let allowsAll):
            text.isEmpty || (allowsAll && text == "*")
                || Self.parts(text).allSatisfy { UInt16($0) != nil }
        case .ranges(let allowsAll):
            text.isEmpty || (allowsAll && text == "*") || Self.parts(text).allSatisfy(Self.isRange)
        case .levels(let isNameNeeded): Self.parts(text).allSatisfy { Self.isLevel($0, isNameNeeded: isNameNeeded) }
        case .namedObjects: Self.namedObjects(text) != nil
        }
    }

    /// The objects with their names, sorted by name where they came as an object's members; nil when it is neither form.
    static func namedObjects(_ text: String) -> [JSONValue]? {
        guard let json = try? JSONValue(json: text) else { return nil }
        if let list = json.array { return list.allSatisfy { $0["name"]?.string?.isEmpty == false } ? list : nil }
        guard let members = json.object, members.values.allSatisfy({ $0.object != nil }) else { return nil }
        return members.sorted { $0.key < $1.key }.map { name, value in
            var value = value
            value["name"] = .string(name)
            return value
        }
    }

    /// The text's parts between commas, without spaces around; an empty one stays, so that it is refused.
    private static func parts(_ text: String) -> [String] {
        text.split(separator: ",", omittingEmptySubsequences: false).map { part in
            String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }
    }

    private static func isLevel(_ text: String, isNameNeeded: Bool) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let levels = isNameNeeded ? logLevels : agentLevels
        return switch parts.count {
        case 1: !isNameNeeded && levels.contains(parts[0])
        case 2: !parts[0].isEmpty && levels.contains(parts[1])
        default: false
        }
    }

    /// Kubernetes' `resource.Quantity`: a number with a binary, decimal or exponent suffix.
    static func isQuantity(_ text: String) -> Bool {
        let digits = text.prefix { $0.isASCII && $0.isNumber || $0 == "." }
        guard digits.contains(where: \.isNumber), digits.count(where: { $0 == "." }) <= 1 else { return false }
        let suffix = text.dropFirst(digits.count)
        if ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].contains(suffix) {
            return true
        }
        guard let first = suffix.first, first == "e" || first == "E" else { return false }
        return Int8(suffix.dropFirst()) != nil
    }

    /// An address with the length of its prefix.
    static func isRange(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = UInt8(parts[1]) else { return false }
        let address = String(parts[0])
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, address, &four) == 1 { return length <= 32 }
        return inet_pton(AF_INET6, address, &six) == 1 && length <= 128
    }
}
