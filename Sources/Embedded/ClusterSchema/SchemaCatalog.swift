package import KubernetesAPI

/// All resources that the cluster serves: the built-in ones and those of its CustomResourceDefinitions.
///
/// A value: keep one, replace it when a CustomResourceDefinition changes.
package struct SchemaCatalog: Sendable {
    struct VersionName: Hashable, Sendable {
        var group: String
        var version: String
    }

    struct PluralName: Hashable, Sendable {
        var group: String
        var version: String
        var plural: String
    }

    private(set) var byPlural: [PluralName: ResourceDefinition] = [:]
    private var byKind: [PluralName: PluralName] = [:]
    /// What each CustomResourceDefinition brought, by its name.
    private var custom: [String: CustomResource] = [:]

    /// The kinds of Kubernetes that the embedded cluster knows.
    package static let builtIn = SchemaCatalog(BuiltInKinds.definitions)

    init(_ definitions: [ResourceDefinition]) {
        for definition in definitions { insert(definition) }
    }

    private mutating func insert(_ definition: ResourceDefinition) {
        let type = definition.type
        let name = PluralName(group: type.group, version: type.version, plural: type.plural)
        byPlural[name] = definition
        byKind[PluralName(group: type.group, version: type.version, plural: type.kind)] = name
    }

    /// Serves (or serves anew) what a CustomResourceDefinition declares.
    ///
    /// Throws 422 when its schema is not structural or its names are taken; the catalog is then unchanged.
    package mutating func set(_ crd: KubernetesObject) throws(StatusError) {
        let resource = try CustomResource(crd)
        for definition in resource.definitions {
            if let present = self.definition(
                group: definition.type.group,
                version: definition.type.version,
                plural: definition.type.plural
            ), !present.isCustom {
                throw .invalid(
                    .customResourceDefinitions,
                    crd.name,
                    [.invalid("spec.names.plural", .string(definition.type.plural), "is served by the cluster itself")]
                )
            }
        }
        remove(crdNamed: crd.name)
        for definition in resource.definitions { insert(definition) }
        custom[crd.name] = resource
    }

    /// Serves no longer what this CustomResourceDefinition declared.
    package mutating func remove(crdNamed name: String) {
        guard let resource = custom.removeValue(forKey: name) else { return }
        for definition in resource.definitions {
            let type = definition.type
            byPlural[PluralName(group: type.group, version: type.version, plural: type.plural)] = nil
            byKind[PluralName(group: type.group, version: type.version, plural: type.kind)] = nil
        }
    }

    /// Changes whenever the CustomResourceDefinition behind a definition does.
    func revision(of definition: ResourceDefinition) -> UInt64 {
        custom["\(definition.type.plural).\(definition.type.group)"]?.contentHash ?? 0
    }

    /// As URLs name it; nil when it is not served.
    package func definition(group: String, version: String, plural: String) -> ResourceDefinition? {
        byPlural[PluralName(group: group, version: version, plural: plural)]
    }

    /// `apiVersion` and `kind` as objects carry them.
    package func definition(apiVersion: String, kind: String) -> ResourceDefinition? {
        let parts = apiVersion.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let version = parts.last else { return nil }
        let group = parts.count == 2 ? parts[0] : ""
        guard let name = byKind[PluralName(group: group, version: version, plural: kind)] else { return nil }
        return byPlural[name]
    }

    /// Nil when the cluster does not serve this version.
    package func definition(_ type: ResourceType) -> ResourceDefinition? {
        definition(group: type.group, version: type.version, plural: type.plural)
    }

    /// Every served version of every resource, sorted by group, version and plural.
    package var definitions: [ResourceDefinition] {
        byPlural.values.sorted { left, right in
            (left.type.group, left.type.version, left.type.plural)
                < (right.type.group, right.type.version, right.type.plural)
        }
    }

    /// What a CustomResourceDefinition asks for and this cluster does not do, such as CEL rules that were not
    /// compiled: one sentence each, naming CRD, path and rule. Empty for unknown names.
    package func warnings(crdNamed name: String) -> [String] { custom[name]?.warnings ?? [] }

    /// The API groups served, the core group ("") first, the others sorted by name.
    package var groups: [APIGroup] {
        var versions: [String: Set<String>] = [:]
        for name in byPlural.keys { versions[name.group, default: []].insert(name.version) }
        return versions.map { APIGroup(name: $0.key, versions: $0.value) }.sorted { $0.name < $1.name }
    }
}

/// A served API group.
package struct APIGroup: Sendable, Hashable {
    /// Empty for the core group.
    package var name: String
    /// By Kubernetes' priority: `v2`, `v1`, `v1beta1` ...
    package var versions: [String]
    package var preferredVersion: String { versions.first ?? "" }

    init(name: String, versions: Set<String>) {
        self.name = name
        self.versions = versions.sorted { VersionPriority($0) > VersionPriority($1) }
    }
}

/// How Kubernetes ranks versions: stable before beta before alpha, then the higher number, then other names.
struct VersionPriority: Comparable {
    var stability: Int
    var major: Int
    var minor: Int
    var name: String

    init(_ version: String) {
        name = version
        (stability, major, minor) = (0, 0, 0)
        guard version.first == "v" else { return }
        let text = version.dropFirst()
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let number = Int(digits) else { return }
        let rest = text.dropFirst(digits.count)
        if rest.isEmpty {
            (stability, major) = (3, number)
        } else {
            for (word, rank) in [("beta", 2), ("alpha", 1)] where rest.hasPrefix(word) {
                guard let second = Int(rest.dropFirst(word.count)) else { return }
                (stability, major, minor) = (rank, number, second)
            }
        }
    }

    static func < (left: Self, right: Self) -> Bool {
        if left.stability != right.stability { return left.stability < right.stability }
        if left.major != right.major { return left.major < right.major }
        if left.minor != right.minor { return left.minor < right.minor }
        return left.name > right.name
    }
}
