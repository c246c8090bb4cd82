import KubernetesAPI

extension PolicyRule {
    /// `rules[]` of a Role or ClusterRole.
    init(_ json: JSONValue) {
        self.init()
        func words(_ name: String) -> [String] { json[name]?.array?.compactMap(\.string) ?? [] }
        verbs = words("verbs")
        apiGroups = words("apiGroups")
        resources = words("resources")
        resourceNames = words("resourceNames")
        nonResourceURLs = words("nonResourceURLs")
    }

    var json: JSONValue {
        var json: JSONValue = ["verbs": Self.list(verbs)]
        if !apiGroups.isEmpty { json["apiGroups"] = Self.list(apiGroups) }
        if !resources.isEmpty { json["resources"] = Self.list(resources) }
        if !resourceNames.isEmpty { json["resourceNames"] = Self.list(resourceNames) }
        if !nonResourceURLs.isEmpty { json["nonResourceURLs"] = Self.list(nonResourceURLs) }
        return json
    }

    private static func list(_ words: [String]) -> JSONValue { .array(words.map { .string($0) }) }

    /// Every single right that this rule gives, for the comparison of the escalation check.
    var singleRights: [AccessRequest] {
        var rights: [AccessRequest] = []
        for verb in verbs {
            for group in apiGroups {
                for resource in resources {
                    for name in resourceNames.isEmpty ? [""] : resourceNames {
                        rights.append(
                            .resource(verb: verb, group: group, resource: resource, namespace: "", name: name)
                        )
                    }
                }
            }
            rights += nonResourceURLs.map { .path(verb: verb, path: $0) }
        }
        return rights
    }
}
