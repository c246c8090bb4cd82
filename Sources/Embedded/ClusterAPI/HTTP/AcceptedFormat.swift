import KubernetesAPI

/// How a client wants an answer: the first of its `Accept` list that this server has.
enum AcceptedFormat: Sendable, Equatable {
    case object
    /// `as=Table`.
    case table
    /// `as=PartialObjectMetadata` and `as=PartialObjectMetadataList`.
    case metadata
    /// `as=APIGroupDiscoveryList`, in a version of `apidiscovery.k8s.io`.
    case groupDiscovery(version: String)

    /// Throws 406 when nothing in the list can be served, such as protobuf alone.
    init(_ accept: [String]) throws(StatusError) {
        let entries = accept.joined(separator: ",").split(separator: ",")
            .map { $0.split(separator: ";").map { $0.trimmed } }
        guard !entries.isEmpty else {
            self = .object
            return
        }
        for entry in entries {
            guard let type = entry.first?.lowercased(),
                ["application/json", "*/*", "application/*", "application/yaml", "text/plain"].contains(type)
            else { continue }
            // Written as JSON in any case, which YAML readers read.
            var parameters: [String: String] = [:]
            for parameter in entry.dropFirst() {
                let parts = parameter.split(separator: "=", maxSplits: 1)
                if parts.count == 2 { parameters[String(parts[0]).lowercased()] = String(parts[1]) }
            }
            switch parameters["as"] {
            case nil: self = .object
            case "Table" where parameters["g"] == "meta.k8s.io" && parameters["v"] == "v1": self = .table
            case "PartialObjectMetadata", "PartialObjectMetadataList": self = .metadata
            case "APIGroupDiscoveryList" where parameters["v"] == "v2":
                self = .groupDiscovery(version: "v2")
            default: continue
            }
            return
        }
        throw StatusError(
            .notAcceptable,
            "only the following media types are accepted: application/json, application/json;as=Table;v=v1;g=meta.k8s.io"
                + " (protobuf is not served by the embedded cluster)"
        )
    }

    /// An object's metadata alone.
    static func partial(_ object: JSONValue) -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:],
        ]
    }
}

extension Substring {
    var trimmed: String {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
