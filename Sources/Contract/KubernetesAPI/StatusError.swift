/// A refusal by a Kubernetes API: `Status` with `status: Failure`.
package struct StatusError: Error, Sendable, Equatable, CustomStringConvertible {
    /// `Status.reason`; its raw value is spelled as Kubernetes spells it.
    package enum Reason: String, Sendable, CaseIterable {
        case badRequest = "BadRequest"
        case unauthorized = "Unauthorized"
        case forbidden = "Forbidden"
        case notFound = "NotFound"
        case alreadyExists = "AlreadyExists"
        case conflict = "Conflict"
        case gone = "Gone"
        case expired = "Expired"
        case invalid = "Invalid"
        case methodNotAllowed = "MethodNotAllowed"
        case notAcceptable = "NotAcceptable"
        case unsupportedMediaType = "UnsupportedMediaType"
        case requestEntityTooLarge = "RequestEntityTooLarge"
        case tooManyRequests = "TooManyRequests"
        case insufficientStorage = "InsufficientStorage"
        case serverTimeout = "ServerTimeout"
        case timeout = "Timeout"
        case serviceUnavailable = "ServiceUnavailable"
        case internalError = "InternalError"
        case unknown = ""

        /// The HTTP status that goes with it.
        package var code: Int {
            switch self {
            case .badRequest: 400
            case .unauthorized: 401
            case .forbidden: 403
            case .notFound: 404
            case .methodNotAllowed: 405
            case .notAcceptable: 406
            case .alreadyExists, .conflict: 409
            case .gone, .expired: 410
            case .requestEntityTooLarge: 413
            case .unsupportedMediaType: 415
            case .invalid: 422
            case .tooManyRequests: 429
            case .internalError, .unknown: 500
            case .serviceUnavailable: 503
            case .serverTimeout, .timeout: 504
            case .insufficientStorage: 507
            }
        }
    }

    /// `Status.details.causes[]`: one field and what is wrong with it.
    package struct Cause: Sendable, Equatable {
        /// `FieldValueInvalid`, `FieldValueRequired`, `FieldManagerConflict` ...
        package var reason: String
        package var message: String
        /// A path such as `spec.containers[0].name`.
        package var field: String

        package init(reason: String, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }

    package var reason: Reason
    package var code: Int
    package var message: String
    /// `details.{group,kind,name}`: kind is the plural, as Kubernetes writes it.
    package var group = ""
    package var kind = ""
    package var name = ""
    package var causes: [Cause] = []

    package init(_ reason: Reason, _ message: String, code: Int? = nil) {
        self.reason = reason
        self.code = code ?? reason.code
        self.message = message
    }

    package var description: String { message }

    /// `pods "x" not found`, with its details filled in.
    package static func notFound(_ type: ResourceType, _ name: String) -> StatusError {
        StatusError(.notFound, "\(type.groupResource) \"\(name)\" not found").about(type, name)
    }

    /// `pods "x" already exists`, with its details filled in.
    package static func alreadyExists(_ type: ResourceType, _ name: String) -> StatusError {
        StatusError(.alreadyExists, "\(type.groupResource) \"\(name)\" already exists").about(type, name)
    }

    /// `Operation cannot be fulfilled on ...`, with its details filled in.
    package static func conflict(_ type: ResourceType, _ name: String, _ why: String) -> StatusError {
        StatusError(.conflict, "Operation cannot be fulfilled on \(type.groupResource) \"\(name)\": \(why)")
            .about(type, name)
    }

    /// The same refusal, saying which object it is about.
    package func about(_ type: ResourceType, _ name: String) -> StatusError {
        var error = self
        error.group = type.group
        error.kind = type.plural
        error.name = name
        return error
    }

    /// The `Status` object.
    package var json: JSONValue {
        var details: JSONValue = [:]
        if !name.isEmpty { details["name"] = .string(name) }
        if !group.isEmpty { details["group"] = .string(group) }
        if !kind.isEmpty { details["kind"] = .string(kind) }
        if !causes.isEmpty {
            details["causes"] = .array(
                causes.map { cause in
                    ["reason": .string(cause.reason), "message": .string(cause.message), "field": .string(cause.field)]
                }
            )
        }
        return [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "reason": .string(reason.rawValue), "details": details, "code": .integer(Int64(code)),
        ]
    }

    /// Reads a `Status`; nil when the JSON is none.
    package init?(_ json: JSONValue) {
        guard json["kind"]?.string == "Status", json["status"]?.string != "Success" else { return nil }
        reason = json["reason"]?.string.flatMap(Reason.init) ?? .unknown
        code = json["code"]?.integer.flatMap { Int(exactly: $0) } ?? reason.code
        message = json["message"]?.string ?? "no message"
        group = json[path: ["details", "group"]]?.string ?? ""
        kind = json[path: ["details", "kind"]]?.string ?? ""
        name = json[path: ["details", "name"]]?.string ?? ""
        causes = (json[path: ["details", "causes"]]?.array ?? []).map { cause in
            Cause(
                reason: cause["reason"]?.string ?? "",
                message: cause["message"]?.string ?? "",
                field: cause["field"]?.string ?? ""
            )
        }
    }
}
