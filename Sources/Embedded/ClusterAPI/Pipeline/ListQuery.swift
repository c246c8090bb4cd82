import KubernetesAPI

/// What a list or watch asks beyond the protocol's options.
struct ListQuery: Sendable {
    /// `resourceVersionMatch`.
    enum Match: String, Sendable {
        case notOlderThan = "NotOlderThan"
        case exact = "Exact"
    }

    var options = ListOptions()
    var match: Match?
    /// `sendInitialEvents`: a watch that begins with all objects and says where they end.
    var sendsInitialEvents = false
    /// The watch ends after this; nil is never.
    var timeout: Duration?
}

/// Labels, fields and a name that an object must have.
struct Selection: Sendable {
    var labels: LabelSelector
    var fields: FieldSelector
    /// Empty is any.
    var name: String

    init(_ options: ListOptions, name: String = "") {
        labels = options.labels
        fields = options.fields
        self.name = name
    }

    func matches(_ object: JSONValue) -> Bool {
        if !name.isEmpty, object[path: ["metadata", "name"]]?.string != name { return false }
        if labels != .everything, !labels.matches(object[path: ["metadata", "labels"]]?.strings ?? [:]) {
            return false
        }
        return fields == .everything || fields.matches(object)
    }
}

/// The `continue` token: the revision of the first page and the last object handed out.
struct ContinueToken: Sendable, Equatable {
    var revision: Int64
    var after: ObjectName

    init(revision: Int64, after: ObjectName) {
        self.revision = revision
        self.after = after
    }

    init(_ text: String) throws(StatusError) {
        guard let bytes = Base64.decode(text), let json = try? JSONValue(json: bytes),
            let revision = json["rv"]?.integer, let name = json["name"]?.string
        else { throw StatusError(.badRequest, "continue key is not valid") }
        self.init(revision: revision, after: ObjectName(namespace: json["namespace"]?.string ?? "", name: name))
    }

    var text: String {
        let json: JSONValue = [
            "rv": .integer(revision), "namespace": .string(after.namespace), "name": .string(after.name),
        ]
        return Base64.encodeURL(json.jsonBytes)
    }
}
