import ClusterSchema
import Foundation
import KubernetesAPI
import Testing

// Beside the project, on machines that have it.
private let path = URL(filePath: #filePath).appending(path: "../../../../../shared/data/istio-crds/crd-all.gen.yaml")
    .standardized.path()
private let isPresent = FileManager.default.fileExists(atPath: path)

/// Istio's own CustomResourceDefinitions, where they are on this machine.
@Suite struct IstioDefinitionsTests {
    private static func load() throws -> (catalog: SchemaCatalog, warnings: [String], count: Int) {
        var catalog = SchemaCatalog.builtIn
        var warnings: [String] = []
        let objects = try KubernetesManifest.parse(try String(contentsOfFile: path, encoding: .utf8))
        let crds = try definition(.customResourceDefinitions)
        for object in objects {
            let prepared = try crds.prepare(object, fieldValidation: .strict)
            try catalog.set(KubernetesObject(prepared.json))
            warnings += catalog.warnings(crdNamed: object[path: ["metadata", "name"]]?.string ?? "")
        }
        return (catalog, warnings, objects.count)
    }

    @Test(.enabled(if: isPresent, "Istio's CustomResourceDefinitions are not on this machine"))
    func allAreServedAndAllRulesCompile() throws {
        let (catalog, warnings, count) = try Self.load()
        #expect(count > 10)
        #expect(warnings == [])
        #expect(catalog.definition(apiVersion: "networking.istio.io/v1", kind: "VirtualService") != nil)
        #expect(catalog.definition(apiVersion: "networking.istio.io/v1beta1", kind: "Gateway") != nil)
        let service = try #require(catalog.definition(apiVersion: "networking.istio.io/v1", kind: "VirtualService"))
        #expect(service.columns.map(\.name) == ["Gateways", "Hosts", "Age"])
        #expect(service.shortNames == ["vs"])
        if let path = ProcessInfo.processInfo.environment["MARTLET_SCHEMA_DUMP"] { try Self.dump(catalog, to: path) }

        let good = try json(
            #"""
            {"apiVersion":"networking.istio.io/v1","kind":"VirtualService","metadata":{"name":"reviews"},
             "spec":{"hosts":["reviews"],"http":[{"timeout":"1s","route":[{"destination":{"host":"reviews","subset":"v1"},"weight":90},
              {"destination":{"host":"reviews","subset":"v2"},"weight":10}]}]}}
            """#
        )
        let prepared = try service.prepare(good, fieldValidation: .strict)
        #expect(prepared.json["spec"] == good["spec"])
        var bad = good
        bad[path: ["spec", "http"]] = [["timeout": "1us", "route": [["destination": ["host": "x"]]]]]
        let error = #expect(throws: StatusError.self) { try service.prepare(bad) }
        #expect(error?.message.contains("must be a valid duration greater than 1ms") == true, "\(error?.message ?? "")")
    }

    /// The documents as files, for a look at them with kubectl.
    private static func dump(_ catalog: SchemaCatalog, to path: String) throws {
        var documents: [String: JSONValue] = [
            "api": catalog.aggregatedDiscovery(core: true), "apis": catalog.aggregatedDiscovery(core: false),
            "openapi/v3": catalog.openAPIV3Index(), "openapi/v2": catalog.openAPIV2(),
        ]
        for group in catalog.groups {
            for version in group.versions {
                let name = group.name.isEmpty ? "api/\(version)" : "apis/\(group.name)/\(version)"
                documents["openapi/v3/\(name)"] = catalog.openAPIV3(group: group.name, version: version)
                documents[name] = catalog.apiResourceList(group: group.name, version: version)
            }
        }
        try JSONValue.object(documents).jsonText.write(toFile: path, atomically: true, encoding: .utf8)
    }
}
