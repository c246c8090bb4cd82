package import KubernetesAPI

extension SchemaCatalog {
    /// `GET /api` (`APIVersions`); `serverAddress` is `host:port`.
    package func apiVersions(serverAddress: String) -> JSONValue {
        [
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }

    /// `GET /apis` (`APIGroupList`).
    package func apiGroupList() -> JSONValue {
        [
            "kind": "APIGroupList", "apiVersion": "v1",
            "groups": .array(groups.filter { !$0.name.isEmpty }.map { $0.json(withType: false) }),
        ]
    }

    /// `GET /apis/GROUP` (`APIGroup`); nil when it is not served.
    package func apiGroup(_ name: String) -> JSONValue? {
        groups.first { $0.name == name && !name.isEmpty }?.json(withType: true)
    }

    /// `GET /api/v1` and `GET /apis/GROUP/VERSION` (`APIResourceList`); nil when it is not served.
    package func apiResourceList(group: String, version: String) -> JSONValue? {
        let served = definitions(group: group, version: version)
        guard !served.isEmpty else { return nil }
        let resources = served.flatMap { definition -> [JSONValue] in
            let type = definition.type
            var resource: JSONValue = [
                "name": .string(type.plural), "singularName": .string(definition.singular),
                "namespaced": .bool(type.isNamespaced), "kind": .string(type.kind),
                "verbs": Self.texts(definition.verbs),
            ]
            if !definition.shortNames.isEmpty { resource["shortNames"] = Self.texts(definition.shortNames) }
            if !definition.categories.isEmpty { resource["categories"] = Self.texts(definition.categories) }
            if definition.isStored { resource["storageVersionHash"] = .string(Self.storageHash(definition)) }
            return [resource]
                + definition.subresources.map { sub in
                    var json: JSONValue = [
                        "name": .string("\(type.plural)/\(sub.name)"), "singularName": "",
                        "namespaced": .bool(type.isNamespaced), "kind": .string(sub.kind),
                        "verbs": Self.texts(sub.verbs),
                    ]
                    if sub.group != group || sub.version != version {
                        json["group"] = .string(sub.group)
                        json["version"] = .string(sub.version)
                    }
                    return json
                }
        }
        return [
            "kind": "APIResourceList", "apiVersion": "v1",
            "groupVersion": .string(group.isEmpty ? version : "\(group)/\(version)"), "resources": .array(resources),
        ]
    }

    /// `GET /api` (core group) or `GET /apis` (all others) as `APIGroupDiscoveryList` of `apidiscovery.k8s.io/v2`.
    package func aggregatedDiscovery(core: Bool) -> JSONValue {
        let items = groups.filter { $0.name.isEmpty == core }.map { group -> JSONValue in
            let versions = group.versions.map { version -> JSONValue in
                [
                    "version": .string(version), "freshness": "Current",
                    "resources": .array(definitions(group: group.name, version: version).map(Self.discovered)),
                ]
            }
            var metadata: JSONValue = ["creationTimestamp": nil]
            if !group.name.isEmpty { metadata["name"] = .string(group.name) }
            return ["metadata": metadata, "versions": .array(versions)]
        }
        return [
            "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "metadata": [:],
            "items": .array(items),
        ]
    }

    private static func discovered(_ definition: ResourceDefinition) -> JSONValue {
        let type = definition.type
        var resource: JSONValue = [
            "resource": .string(type.plural), "scope": type.isNamespaced ? "Namespaced" : "Cluster",
            "responseKind": kind(type.group, type.version, type.kind), "singularResource": .string(definition.singular),
            "verbs": texts(definition.verbs),
        ]
        if !definition.shortNames.isEmpty { resource["shortNames"] = texts(definition.shortNames) }
        if !definition.categories.isEmpty { resource["categories"] = texts(definition.categories) }
        if !definition.subresources.isEmpty {
            resource["subresources"] = .array(
                definition.subresources.map { sub in
                    [
                        "subresource": .string(sub.name), "responseKind": kind(sub.group, sub.version, sub.kind),
                        "verbs": texts(sub.verbs),
                    ]
                }
            )
        }
        return resource
    }

    private static func kind(_ group: String, _ version: String, _ kind: String) -> JSONValue {
        ["group": .string(group), "version": .string(version), "kind": .string(kind)]
    }

    private static func texts(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    private static func storageHash(_ definition: ResourceDefinition) -> String {
        let type = definition.type
        let hash = StableHash.of("\(type.group)/\(definition.storageVersion)/\(type.kind)".utf8)
        return Base64.encode((0..<8).map { UInt8(truncatingIfNeeded: hash >> UInt64($0 * 8)) })
    }

    /// The resources of one group and version, sorted by plural.
    func definitions(group: String, version: String) -> [ResourceDefinition] {
        definitions.filter { $0.type.group == group && $0.type.version == version }
    }
}

extension APIGroup {
    fileprivate func json(withType: Bool) -> JSONValue {
        func version(_ version: String) -> JSONValue {
            ["groupVersion": .string("\(name)/\(version)"), "version": .string(version)]
        }
        var json: JSONValue = [
            "name": .string(name), "versions": .array(versions.map(version)),
            "preferredVersion": version(preferredVersion),
        ]
        if withType {
            json["kind"] = "APIGroup"
            json["apiVersion"] = "v1"
        }
        return json
    }
}

/// FNV-1a: the same in every process, which `Hasher` is not.
enum StableHash {
    static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
