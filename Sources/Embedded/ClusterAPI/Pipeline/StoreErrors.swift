import ClusterStore
import KubernetesAPI

extension StatusError {
    /// A store's refusal that is not about one object.
    init(_ error: StoreError) {
        switch error {
        case .full:
            self.init(
                .insufficientStorage,
                "the disk of the cluster's store is full: nothing was written; make room and try again"
            )
        case .compacted: self.init(.expired, "The resourceVersion for the provided watch is too old.")
        case .unavailable(let why): self.init(.serviceUnavailable, why)
        case .exists, .notFound, .conflict, .damaged: self.init(.internalError, error.description)
        }
    }

    /// A store's refusal to read or write this object.
    init(_ error: StoreError, _ type: ResourceType, _ name: String) {
        switch error {
        case .exists: self = .alreadyExists(type, name)
        case .notFound: self = .notFound(type, name)
        case .conflict: self = .modified(type, name)
        case .full, .compacted, .unavailable, .damaged: self.init(error)
        }
    }

    /// 422 for one field.
    static func invalid(
        _ target: Target,
        _ field: String,
        _ message: String,
        reason: String = "FieldValueInvalid"
    ) -> StatusError {
        let kind = target.type.group.isEmpty ? target.type.kind : "\(target.type.kind).\(target.type.group)"
        var error = StatusError(.invalid, "\(kind) \"\(target.name)\" is invalid: \(field): \(message)")
        error.group = target.type.group
        error.kind = target.type.kind
        error.name = target.name
        error.causes = [Cause(reason: reason, message: message, field: field)]
        return error
    }

    /// The conflict that clients know how to retry.
    static func modified(_ type: ResourceType, _ name: String) -> StatusError {
        .conflict(
            type,
            name,
            "the object has been modified; please apply your changes to the latest version and try again"
        )
    }

    /// `Success`, as deletions answer.
    static func success(_ target: Target, uid: String) -> JSONValue {
        var details: JSONValue = [
            "name": .string(target.name), "kind": .string(target.type.plural), "uid": .string(uid),
        ]
        if !target.type.group.isEmpty { details["group"] = .string(target.type.group) }
        return ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "details": details]
    }
}
