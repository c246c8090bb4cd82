import Foundation
import MeshConfig
import Testing

/// Every YAML of the sample data decodes; the samples are not part of the repository.
@Suite struct SampleDataTests {
    private static let root = URL(filePath: #filePath).appending(path: "../../../../../shared/data").standardized

    /// Errors that are right: what is wrong in the samples themselves.
    private static let expected: [String: String] = [
        "s0-payments-patch.yaml": "s0-payments-patch.yaml:2:1: error: kind: is required"
    ]

    @Test(arguments: ["source-yaml", "bookinfo", "istio-tutorial"])
    func samplesDecode(directory: String) throws {
        let folder = Self.root.appending(path: directory)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path()) else {
            print("sample data absent: \(folder.path())")
            return
        }
        var found: [String: String] = [:]
        for name in names.sorted() where name.hasSuffix("yaml") || name.hasSuffix("yml") {
            let file = ObjectDecoder.decode(try Data(contentsOf: folder.appending(path: name)), file: name)
            for diagnostic in file.diagnostics where diagnostic.severity == .error {
                found[name] = diagnostic.description
            }
        }
        #expect(found == Self.expected.filter { names.contains($0.key) })
    }
}
