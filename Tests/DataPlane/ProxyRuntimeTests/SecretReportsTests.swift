import ProxyAdmin
import ProxyIdentity
import ProxySnapshot
import Testing

@testable import ProxyRuntime

@Suite struct SecretReportsTests {
    @Test func theAgentsAndTheControlPlanesSecretsAreShownInOrder() {
        let publisher = SecretPublisher()
        publisher.want(["file-root:/nowhere/ca.pem"])
        let pair = CertificateSecret(chain: [1], privateKey: Array("hidden".utf8))
        let snapshot = ProxySnapshot(
            secrets: [
                "kubernetes://shop": .certificate(pair), "a": .validation(ValidationSecret(anchors: [2])),
            ],
            versions: [.secret: ["a": "7"]]
        )
        let reports = SecretReports.reports(publisher.current, snapshot, at: .now())
        #expect(reports.map(\.name) == ["a", "file-root:/nowhere/ca.pem", "kubernetes://shop"])
        #expect(reports.map(\.version) == ["7", "1", ""])
        guard case .missing(let reason) = reports[1].content else {
            Issue.record("there is no such file")
            return
        }
        #expect(reason.contains("/nowhere/ca.pem cannot be read"))
        #expect(!"\(reports)".contains("hidden"))
    }
}
