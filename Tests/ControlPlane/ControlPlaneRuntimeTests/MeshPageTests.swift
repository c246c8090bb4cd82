import CustomDump
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
        trustDomain: shop.example
        trustDomainAliases: [old.example]
        enableAutoMtls: false
        extensionProviders:
        - {name: a, envoyExtAuthzGrpc: {service: a.shop, port: 9000, timeout: 1s, statusOnError: "503"}}
        - {name: b, envoyExtAuthzHttp: {service: b.shop, port: 80, pathPrefix: /x, headersToUpstreamOnAllow: [x-a]}}
        - {name: c, zipkin: {}}
        meshMTLS: {minProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-RSA-AES256-GCM-SHA384]}
        tlsDefaults: {ecdhCurves: [P-256]}
        caCertificates: [{pem: "-----BEGIN CERTIFICATE-----", trustDomains: [a.example]}]
        defaultConfig: {concurrency: 2, interceptionMode: TPROXY, drainDuration: 1m, proxyMetadata: {A: b}}
        """,
    ]) func everySettingIsShownAsItIsWritten(text: String) throws {
        var expected = try settings(text)
        // Absent and DO_NOT_UPGRADE are one thing.
        if expected.h2UpgradePolicy == .default { expected.h2UpgradePolicy = .doNotUpgrade }
        #expect(try readBack(expected) == expected)
    }

    @Test func everySettingThatIsReadIsShown() throws {
        var settings = MeshConfiguration()
        settings.defaultHttpRetryPolicy = HTTPRetry()
        settings.defaultInboundHttpRetryPolicy = HTTPRetry()
        settings.zoneAwareLbSetting = ZoneAwareLbSetting()
        settings.tcpKeepalive = TCPKeepalive()
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(MeshPage(settings))) as? [String: Any]
        let names = Mirror(reflecting: settings).children.compactMap(\.label)
        expectNoDifference(Set((json ?? [:]).keys), Set(names))
    }

    @Test func defaultsForAllTrafficAreShownAsTheyAreWritten() throws {
        let text = """
            defaultTrafficPolicy:
              connectionPool: {tcp: {maxConnections: 7, connectTimeout: 1s}, http: {http2MaxRequests: 9, maxRetries: 2}}
              outlierDetection: {consecutive5xxErrors: 3, interval: 1.5s, maxEjectionPercent: 40}
            inboundClusterStatName: "in_%SERVICE%"
            outboundClusterStatName: "out_%SERVICE%"
            defaultInboundHttpRetryPolicy: {attempts: 1, retryOn: 5xx}
            zoneAwareLbSetting: {enabled: true, minClusterSize: 4}
            """
        let written = try settings(text)
        let shown = try #require(try readBack(written))
        #expect(shown.defaultTrafficPolicy.connectionPool?.tcp == written.defaultTrafficPolicy.connectionPool?.tcp)
        #expect(shown.defaultTrafficPolicy.connectionPool?.http == written.defaultTrafficPolicy.connectionPool?.http)
        #expect(shown.defaultTrafficPolicy.outlierDetection?.interval == .milliseconds(1500))
        #expect(shown.defaultTrafficPolicy.outlierDetection?.consecutive5xxErrors == 3)
        #expect(shown.defaultTrafficPolicy.outlierDetection?.maxEjectionPercent == 40)
        #expect(shown.inboundClusterStatName == written.inboundClusterStatName)
        #expect(shown.outboundClusterStatName == written.outboundClusterStatName)
        #expect(shown.defaultInboundHttpRetryPolicy == written.defaultInboundHttpRetryPolicy)
        #expect(shown.zoneAwareLbSetting == written.zoneAwareLbSetting)
    }
}
