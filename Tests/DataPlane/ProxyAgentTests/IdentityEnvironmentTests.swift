import EnvoyAPI
import Foundation
import MeshIdentity
import ProxyIdentity
import SwiftProtobuf
import Testing

@testable import ProxyAgent

@Suite struct IdentityEnvironmentTests {
    private func read(
        _ variables: [String: String],
        _ discovery: String = "istiod.istio-system.svc:15012",
        metadata: String = #"{"SERVICE_ACCOUNT":"reviews"}"#
    ) throws -> (agent: AgentConfiguration, warnings: [String]) {
        let node = try NodeDescription.node(
            id: "sidecar~10.1.2.3~web.shop~shop.svc.cluster.local",
            cluster: nil,
            metadata: metadata
        )
        var agent = AgentConfiguration(node: node, discovery: try #require(HostPort(discovery)))
        let warnings = try agent.readIdentity(ProxyEnvironment(variables))
        return (agent, warnings)
    }

    private func authority(_ variables: [String: String]) throws -> AuthoritySettings {
        guard case .authority(let settings) = try read(variables).agent.identity else {
            throw Missing()
        }
        return settings
    }

    private struct Missing: Error {}

    @Test func aPodAsksTheControlPlaneForItsServiceAccount() throws {
        let settings = try authority([:])
        #expect(settings.identity.description == "spiffe://cluster.local/ns/shop/sa/reviews")
        #expect(settings.address.description == "istiod.istio-system.svc:15012")
        #expect(settings.address.serverName == "istiod.istio-system.svc")
        #expect(settings.address.rootsFile == "/var/run/secrets/istio/root-cert.pem")
        #expect(settings.address.tokenFile == "/var/run/secrets/tokens/istio-token")
        #expect(settings.keyAlgorithm == .ecdsaP256 && settings.lifetime == .seconds(86_400))
        #expect(try read([:]).agent.discoveryTLS == settings.address)
    }

    /// Discovery address, variables, and whether it is asked by TLS.
    @Test(arguments: [
        ("istiod.istio-system.svc:15012", [:], true), ("127.0.0.1:15012", [:], true), ("10.1.1.1:443", [:], true),
        ("istiod.istio-system.svc:15010", [:], false), ("127.0.0.1:3000", [:], false), ("[::1]:3000", [:], false),
        ("localhost:3000", [:], false), ("localhost:3000", ["MARTLET_DISCOVERY_TLS": "true"], true),
        ("istiod:15012", ["MARTLET_DISCOVERY_TLS": "false"], false),
    ])
    func discoveryIsByTLSButForPlainTextPorts(address: String, variables: [String: String], isTLS: Bool) throws {
        let agent = try read(variables, address).agent
        #expect((agent.discoveryTLS != nil) == isTLS)
        #expect((agent.identity != .none) == isTLS)
    }

    @Test func withoutATokenAPlainTextProxyHasNoIdentity() throws {
        #expect(try read(["CA_ADDR": "istiod:15012"], "127.0.0.1:15010").agent.identity == .none)
        let name = "token-\(UInt32.random(in: 0 ... .max))"
        let token = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try "t".write(to: token, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: token) }
        let variables = ["CA_ADDR": "istiod:15012", "JWT_PATH": token.path]
        let agent = try read(variables, "127.0.0.1:15010").agent
        guard case .authority(let settings) = agent.identity else { throw Missing() }
        #expect(settings.address.host == "istiod" && settings.address.tokenFile == token.path)
        #expect(agent.discoveryTLS == nil)
    }

    @Test func settingsHaveIstiosNames() throws {
        let settings = try authority([
            "CA_ADDR": "10.0.0.9:15012", "TRUST_DOMAIN": "example.org", "SERVICE_ACCOUNT": "ratings",
            "SECRET_TTL": "1h", "SECRET_GRACE_PERIOD_RATIO": "0.2", "SECRET_GRACE_PERIOD_RATIO_JITTER": "0.1",
            "OUTPUT_CERTS": "/out",
            "WORKLOAD_RSA_KEY_SIZE": "4096", "CA_ROOT_CA": "/ca.pem", "XDS_ROOT_CA": "SYSTEM", "PROV_CERT": "/prov",
        ])
        #expect(settings.identity.description == "spiffe://example.org/ns/shop/sa/ratings")
        // An address is no name that a certificate could have.
        #expect(settings.address.serverName == "istiod.istio-system.svc")
        #expect(settings.address.rootsFile == "/ca.pem")
        #expect(settings.address.provisioned?.key == "/prov/key.pem")
        #expect(settings.lifetime == .seconds(3600) && settings.graceRatio == 0.2 && settings.graceJitter == 0.1)
        #expect(settings.outputFolder == "/out" && settings.keyAlgorithm == .rsa(bits: 4096))
        #expect(try authority(["ECC_SIGNATURE_ALGORITHM": "ECDSA", "ECC_CURVE": "P384"]).keyAlgorithm == .ecdsaP384)
        #expect(try read(["XDS_ROOT_CA": "SYSTEM"]).agent.discoveryTLS?.rootsFile == nil)
        #expect(try authority(["ISTIOD_SAN": "ca.example.org"]).address.serverName == "ca.example.org")
    }

    @Test func mountedCertificatesNeedNoAuthority() throws {
        let mounted = try read(["FILE_MOUNTED_CERTS": "true"], "127.0.0.1:15010").agent
        #expect(mounted.identity == .files(.inFolder("/etc/certs")) && mounted.discoveryTLS == nil)
        let elsewhere = try read(["FILE_MOUNTED_CERTS": "true", "MARTLET_CERTS_FOLDER": "/c"], "127.0.0.1:1").agent
        #expect(elsewhere.identity == .files(.inFolder("/c")))
        let metadata = #"{"TLS_CLIENT_CERT_CHAIN":"/m/c","TLS_CLIENT_KEY":"/m/k","TLS_CLIENT_ROOT_CERT":"/m/r"}"#
        guard case .files(let files) = try read(["FILE_MOUNTED_CERTS": "true"], metadata: metadata).agent.identity
        else {
            throw Missing()
        }
        #expect(files.chain == "/m/c" && files.key == "/m/k" && files.roots == "/m/r")
    }

    @Test(arguments: [
        (["CA_ADDR": "istiod"], "CA_ADDR"), (["TRUST_DOMAIN": "a/b"], "make no SPIFFE identity"),
        (["FILE_MOUNTED_CERTS": "true", "PROV_CERT": "/p"], "exclude each other"),
    ])
    func contradictionsAreRefused(variables: [String: String], reason: String) {
        #expect {
            try read(variables)
        } throws: { error in
            "\(error)".contains(reason)
        }
    }

    @Test(arguments: [
        "SECRET_TTL", "SECRET_GRACE_PERIOD_RATIO", "SECRET_GRACE_PERIOD_RATIO_JITTER", "WORKLOAD_RSA_KEY_SIZE",
        "ECC_SIGNATURE_ALGORITHM",
    ])
    func valuesThatMeanNothingAreNamed(name: String) throws {
        #expect(try read([name: "odd"]).warnings.contains { $0.contains("environment \(name) 'odd'") })
    }

    @Test func theBootstrapReachesTheControlPlaneByTheAgentsSecrets() throws {
        let agent = try read(["XDS_ROOT_CA": #"/ro"ot.pem"#]).agent
        let json = try EnvoyBootstrap.json(for: agent, secretSocket: "/run/sds/socket")
        let bootstrap = try Google_Protobuf_Struct(jsonString: json).fields
        let clusters = bootstrap["static_resources"]?.structValue.fields["clusters"]?.listValue.values ?? []
        #expect(clusters.map { $0.structValue.fields["name"]?.stringValue } == ["sds-grpc", "xds-grpc"])
        let socket = try #require(clusters.last?.structValue.fields["transport_socket"]?.structValue)
        let text = try socket.jsonString()
        for part in [
            #""sni":"istiod.istio-system.svc""#, #""name":"default""#, #""name":"file-root:/ro\"ot.pem""#,
            #""exact":"istiod.istio-system.svc""#, #""cluster_name":"sds-grpc""#,
        ] {
            #expect(text.replacing("\\/", with: "/").contains(part), "\(text)")
        }
        let plain = try EnvoyBootstrap.json(for: read([:], "127.0.0.1:15010").agent, secretSocket: "/run/sds/socket")
        #expect(!plain.contains("transport_socket"))
    }
}
