import ClusterSchema
import KubernetesAPI
import Testing

@Suite struct DiscoveryTests {
    @Test func groupsAreListedOnce() {
        let names = SchemaCatalog.builtIn.groups.map(\.name)
        #expect(names.first == "")
        #expect(names.contains("apps"))
        #expect(Set(names).count == names.count)
        #expect(SchemaCatalog.builtIn.groups.first { $0.name == "autoscaling" }?.versions == ["v2", "v1"])
    }

    @Test func resourceListsNameSubresources() throws {
        let list = try #require(SchemaCatalog.builtIn.apiResourceList(group: "apps", version: "v1"))
        let names = list["resources"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("deployments/scale"))
        let deployments = list["resources"]?.array?.first { $0["name"] == "deployments" }
        #expect(deployments?["shortNames"] == ["deploy"])
        #expect(SchemaCatalog.builtIn.apiResourceList(group: "apps", version: "v9") == nil)
    }

    @Test func everyReferenceOfEveryDocumentLeadsSomewhere() throws {
        let catalog = SchemaCatalog.builtIn
        for group in catalog.groups {
            for version in group.versions {
                let document = try #require(catalog.openAPIV3(group: group.name, version: version))
                let schemas = document[path: ["components", "schemas"]]?.object ?? [:]
                for name in Self.references(document) { #expect(schemas[name] != nil, "\(name)") }
            }
        }
        let second = catalog.openAPIV2()
        let definitions = second["definitions"]?.object ?? [:]
        for name in Self.references(second) { #expect(definitions[name] != nil, "\(name)") }
    }

    private static func references(_ value: JSONValue) -> Set<String> {
        switch value {
        case .object(let members):
            var found = members.values.reduce(into: Set<String>()) { $0.formUnion(references($1)) }
            if let name = members["$ref"]?.string?.split(separator: "/").last { found.insert(String(name)) }
            return found
        case .array(let elements): return elements.reduce(into: []) { $0.formUnion(references($1)) }
        default: return []
        }
    }

    @Test func patchAdvertisesDryRun() throws {
        let document = try #require(SchemaCatalog.builtIn.openAPIV3(group: "apps", version: "v1"))
        let patch = document[path: ["paths", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "patch"]]
        let names = patch?["parameters"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(names.contains("dryRun") && names.contains("fieldValidation") && names.contains("fieldManager"))
    }

    @Test func listsOfContainersMergeByName() throws {
        let containers = try definition(.pods).schema.descendant(["spec", "containers"])
        #expect(containers?.traits.patchMergeKey == "name")
        #expect(containers?.traits.listMapKeys == ["name"])
        let ports = containers?.traits.items?.member("ports")
        #expect(ports?.traits.listMapKeys == ["containerPort", "protocol"])
    }
}
