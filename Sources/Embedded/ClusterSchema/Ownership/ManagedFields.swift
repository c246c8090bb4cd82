import KubernetesAPI

/// `metadata.managedFields` as values.
struct ManagedFields {
    struct Entry {
        var manager: String
        /// `Apply` or `Update`.
        var operation: String
        var apiVersion: String
        var subresource: String
        var time: String
        var fields: FieldSet

        /// As conflicts name a manager.
        var description: String {
            var text = JSONValue.string(manager).jsonText
            if !subresource.isEmpty { text += " with subresource \(JSONValue.string(subresource).jsonText)" }
            guard operation == "Update" else { return text }
            return time.isEmpty ? "\(text) using \(apiVersion)" : "\(text) using \(apiVersion) at \(time)"
        }

        func isSameWriter(as other: Entry) -> Bool {
            manager == other.manager && operation == other.operation && subresource == other.subresource
                && (operation == "Apply" || apiVersion == other.apiVersion)
        }
    }

    var entries: [Entry]

    init(_ object: JSONValue?) {
        entries = (object?[path: ["metadata", "managedFields"]]?.array ?? []).compactMap { json in
            guard let operation = json["operation"]?.string else { return nil }
            return Entry(
                manager: json["manager"]?.string ?? "",
                operation: operation,
                apiVersion: json["apiVersion"]?.string ?? "",
                subresource: json["subresource"]?.string ?? "",
                time: json["time"]?.string ?? "",
                fields: FieldSet(json["fieldsV1"] ?? [:])
            )
        }
    }

    /// Appliers first, each group in order of time, as Kubernetes lists them.
    var json: JSONValue {
        let sorted = entries.filter { !$0.fields.isEmpty }.sorted { left, right in
            if left.operation != right.operation { return left.operation < right.operation }
            if left.time != right.time { return left.time < right.time }
            return (left.manager, left.subresource) < (right.manager, right.subresource)
        }
        return .array(
            sorted.map { entry in
                var json: JSONValue = [
                    "manager": .string(entry.manager), "operation": .string(entry.operation),
                    "apiVersion": .string(entry.apiVersion), "fieldsType": "FieldsV1", "fieldsV1": entry.fields.json,
                ]
                if !entry.time.isEmpty { json["time"] = .string(entry.time) }
                if !entry.subresource.isEmpty { json["subresource"] = .string(entry.subresource) }
                return json
            }
        )
    }

    /// The object with these entries written into it.
    func written(into object: JSONValue) -> JSONValue {
        var object = object
        let entries = json
        object[path: ["metadata", "managedFields"]] = entries == [] ? nil : entries
        return object
    }
}
