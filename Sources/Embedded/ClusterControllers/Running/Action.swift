import KubernetesAPI

/// One step toward what an object's owner asked for.
enum Action: Sendable, Equatable {
    /// An object with `generateName` and no name is given one.
    case create(ResourceType, KubernetesObject, Report?)
    /// An RFC 7386 patch of the object itself or of a subresource.
    case patch(ResourceType, ObjectName, JSONValue, Subresource?)
    /// Only this very object, by its uid; one that is gone already counts as deleted.
    case delete(ResourceType, KubernetesObject, DeleteOptions, Report?)
    case record(EventNote)
    /// Asks the API whether owners exist that no watch has told of; the answers go into the ownership graph.
    case lookUp([OwnerReference], namespace: String)
    /// Deletes everything in a namespace and, when nothing is left, lets the namespace go.
    case empty(namespace: KubernetesObject)

    /// A merge patch of `status` with what differs; nil when nothing does.
    static func status(_ object: KubernetesObject, _ type: ResourceType, _ status: JSONValue) -> Action? {
        let old = object["status"]?.object ?? [:]
        let new = status.object ?? [:]
        var patch: [String: JSONValue] = [:]
        for (name, value) in new where old[name] != value { patch[name] = value }
        for name in old.keys where new[name] == nil { patch[name] = .null }
        guard !patch.isEmpty else { return nil }
        return .patch(type, object.objectName, ["status": .object(patch)], .status)
    }
}

/// Which events tell users about an action. `{name}` stands for the name of the object acted upon, `{error}` for the
/// API's words.
struct Report: Sendable, Equatable {
    var about: KubernetesObject
    var successReason: String
    var success: String
    var failureReason: String
    var failure: String

    /// As ReplicaSets, DaemonSets and Jobs put it.
    static func podCreated(_ owner: KubernetesObject) -> Report {
        Report(
            about: owner,
            successReason: "SuccessfulCreate",
            success: "Created pod: {name}",
            failureReason: "FailedCreate",
            failure: "Error creating: {error}"
        )
    }

    static func podDeleted(_ owner: KubernetesObject) -> Report {
        Report(
            about: owner,
            successReason: "SuccessfulDelete",
            success: "Deleted pod: {name}",
            failureReason: "FailedDelete",
            failure: "Error deleting: {error}"
        )
    }
}
