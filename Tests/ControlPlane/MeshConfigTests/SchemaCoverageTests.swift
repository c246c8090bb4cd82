import Foundation
import MeshConfig
import Testing
import Yams

/// Every field of Istio's own schemas is known to the decoders; the schemas are not part of the repository.
@Suite struct SchemaCoverageTests {
    private static let schemas = URL(filePath: #filePath)
        .appending(path: "../../../../../shared/data/istio-crds/crd-all.gen.yaml").standardized

    /// A value of a schema's type, as flow YAML.
    private func value(of schema: Node) -> String {
        if let name = schema["enum"]?.sequence?.first?.string { return name }
        switch schema["type"]?.string {
        case "integer": return "1"
        case "number": return "1.5"
        case "boolean": return "true"
        case "array": return "[]"
        case "object": return "{}"
        default: return "text"
        }
    }

    /// Every field below `schema`, each in a document that holds nothing else; `wrap` puts it in its place.
    private func documents(_ schema: Node, path: String, wrap: @escaping (String) -> String) -> [(
        path: String, yaml: String
    )] {
        var found: [(path: String, yaml: String)] = []
        for (key, child) in schema["properties"]?.mapping.map(Array.init) ?? [] {
            guard let name = key.string else { continue }
            let inside = { (text: String) in wrap("{\(name): \(text)}") }
            found.append(("\(path).\(name)", inside(value(of: child))))
            found += documents(child, path: "\(path).\(name)", wrap: inside)
            if let items = child["items"] {
                found += documents(items, path: "\(path).\(name)[]") { inside("[\($0)]") }
            }
            if let values = child["additionalProperties"] {
                found += documents(values, path: "\(path).\(name).*") { inside("{key: \($0)}") }
            }
        }
        return found
    }

    @Test(arguments: [
        "VirtualService", "DestinationRule", "ServiceEntry", "WorkloadEntry", "Sidecar", "Gateway", "AuthorizationPolicy",
        "RequestAuthentication",
    ])
    func everyFieldOfTheSchemaIsKnown(kind: String) throws {
        guard let text = try? String(contentsOf: Self.schemas, encoding: .utf8) else {
            print("schemas absent: \(Self.schemas.path())")
            return
        }
        let schema = try compose_all(yaml: text).first { $0["spec"]?["names"]?["kind"]?.string == kind }
        let version = schema?["spec"]?["versions"]?.sequence?.first
        let spec = try #require(version?["schema"]?["openAPIV3Schema"]?["properties"]?["spec"])
        let group = try #require(MeshKind(rawValue: kind)).group
        let fields = documents(spec, path: "spec") { $0 }
        #expect(fields.count > 6)
        var unknown: [String] = []
        for field in fields {
            let yaml = "apiVersion: \(group)/v1\nkind: \(kind)\nmetadata: {name: a}\nspec: \(field.yaml)\n"
            let faults = ObjectDecoder.decode(Array(yaml.utf8), file: "f").diagnostics
            if faults.contains(where: { $0.message.hasPrefix("unknown field") }) { unknown.append(field.path) }
        }
        #expect(unknown == [])
    }
}
