import Foundation
import MeshConfig
import Testing

@testable import ControlPlaneRuntime

@Suite struct MeshPageTests {
    /// What the page says of these settings, read back as settings.
    private func readBack(_ settings: MeshConfiguration) throws -> MeshConfiguration? {
        let text = String(decoding: try JSONEncoder().encode(MeshPage(settings)), as: UTF8.self)
        let (found, diagnostics) = MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "page"))
        #expect(diagnostics.filter { $0.severity == .error } == [])
        return found
    }

    private func settings(_ text: String) throws -> MeshConfiguration {
        let (found, diagnostics) = MeshConfiguration.decode(MeshConfigurationSource(text: text, file: "written"))
        #expect(diagnostics.filter { $0.severity == .error } == [])
        return try #require(found)
    }

    @Test(arguments: [
        "{}",
        """
        accessLogFile: /dev/stdout
        accessLogEncoding: JSON
        connectTimeout: 1.5s
        protocolDetectionTimeout: 25ms
        outboundTrafficPolicy: {mode: REGISTRY_ONLY}
        inboundTrafficPolicy: {mode: LOCALHOST}
        pathNormalization: {normalization: MERGE_SLASHES}
        rootNamespace: mesh
        defaultServiceExportTo: [.]
        defaultHttpRetryPolicy: {attempts: 3, perTryTimeout: 2s, retryOn: "5xx,503", backoff: 1ms}
        localityLbSetting: {enabled: false, failover: [{from: eu, to: us}]}
        tcpKeepalive: {probes: 3, time: 10s}
        h2UpgradePolicy: UPGRADE
        defaultConfig: {concurrency: 2, interceptionMode: TPROXY, drainDuration: 1m, proxyMetadata: {A: b}}
        """,
    ]) func everySettingIsShownAsItIsWritten(text: String) throws {
        var expected = try settings(text)
        // Absent and DO_NOT_UPGRADE are one thing.
        if expected.h2UpgradePolicy == .default { expected.h2UpgradePolicy = .doNotUpgrade }
        #expect(try readBack(expected) == expected)
    }
}
