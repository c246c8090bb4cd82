import CustomDump
import KubernetesAPI
import MeshConfig
import Testing

@testable import MeshInstallation

/// What `kubectl explain` says of Istio's kinds is what the decoders read.
@Suite struct FieldTextTests {
    @Test func everyTypeThatAFieldNamesIsDescribed() {
        expectNoDifference(FieldText.all.undescribed, [])
    }

    @Test(arguments: [
        "VirtualService", "DestinationRule", "Gateway", "ServiceEntry", "WorkloadEntry", "Sidecar",
    ])
    func exactlyTheFieldsThatAreReadAreDescribed(kind: String) throws {
        for (path, names) in FieldText.all.members(of: kind).sorted(by: { $0.key < $1.key }) {
            var object: JSONValue = .object(Dictionary(uniqueKeysWithValues: names.map { ($0, Self.value) }))
            // Its refusal lists the others.
            object[Self.stranger] = "x"
            for part in path.split(separator: ".").reversed() {
                if part == "*" {
                    object = ["key": object]
                } else if part.hasSuffix("[]") {
                    object = .object([String(part.dropLast(2)): [object]])
                } else {
                    object = .object([String(part): object])
                }
            }
            object["apiVersion"] = "networking.istio.io/v1"
            object["kind"] = .string(kind)
            object["metadata"] = ["name": "x", "namespace": "x"]
            let unknown = ObjectDecoder.decode(object.jsonBytes, file: "x").diagnostics
                .filter { $0.message.contains("unknown field") && !$0.message.contains("did you mean") }
            #expect(unknown.count == 1, "\(kind) \(path): \(unknown)")
            let allowed = unknown.first?.message.split(separator: "allowed are ").last ?? ""
            let read = Set(allowed.split(separator: ", ").map(String.init)).subtracting(Self.spellings)
            expectNoDifference(read.sorted(), names.sorted(), "\(kind) \(path)")
        }
    }

    /// Text that is base64 too: without, `body` of a direct response is not read to its end.
    private static let value: JSONValue = "eHg="
    private static let stranger = "zzzzzzzzzzzz"
    /// Other spellings of fields that are described.
    private static let spellings: Set = ["mirror_percent"]

    @Test func everyDefinitionHasATypeForItsSpec() {
        for definition in CustomResourceDefinitions.all {
            for version in definition["spec", "versions"]?.array ?? [] {
                let spec = version[path: ["schema", "openAPIV3Schema", "properties", "spec"]]
                #expect(spec?["type"] == "object", "\(definition.name)")
            }
        }
    }

    @Test func aDefinitionSaysWhatAFieldIsForAndTakesOthersToo() throws {
        let definition = try #require(CustomResourceDefinitions.all.first { $0.name.hasPrefix("virtualservices.") })
        let version = definition["spec", "versions"]?.array?.first
        let spec = version?[path: ["schema", "openAPIV3Schema", "properties", "spec"]]
        #expect(spec?["x-kubernetes-preserve-unknown-fields"] == true)
        let route = spec?[path: ["properties", "http", "items", "properties", "route"]]
        let weight = route?[path: ["items", "properties", "weight"]]
        #expect(weight?["type"] == "integer" && weight?["description"]?.string?.contains("share") == true)
    }
}
