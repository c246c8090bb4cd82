import Foundation
import MeshConfig
import Testing

@Suite struct FieldSupportTests {
    private static var document: URL {
        URL(filePath: #filePath).appending(path: "../../../../Documentation/FieldsNotActedOn.md").standardized
    }

    @Test func documentIsWhatTheTableSays() throws {
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try FieldSupport.markdown.write(to: Self.document, atomically: true, encoding: .utf8)
        }
        let written = try String(contentsOf: Self.document, encoding: .utf8)
        #expect(written == FieldSupport.markdown, "run RECORD=1 swift test --filter FieldSupportTests")
    }

    @Test func fieldThatIsNotActedOnIsNamedWhenAccepted() {
        let file = decoded(
            object("DestinationRule", spec: "host: a\ntrafficPolicy: {tunnel: {targetHost: b, targetPort: 1}}")
        )
        #expect(file.objects.count == 1)
        #expect(
            file.diagnostics.map(\.description) == [
                "f.yaml:6:19: warning: DestinationRule default/x: spec.trafficPolicy.tunnel: "
                    + "is accepted, and not acted on yet"
            ]
        )
    }
}
