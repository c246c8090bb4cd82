import EnvoyAPI
import Foundation
import MeshConfig
import MeshIdentity
import MeshModel
import SecurityTags
import SwiftProtobuf
import Testing

@testable import XDSGeneration

/// Rule 70: who gets which Secret.
@Suite(.tags(.sec29)) struct KubernetesSecretsTests {
    private static func secret(_ name: String, namespace: String = "edge", _ data: String) -> String {
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: \(name), namespace: \(namespace)}
        type: Opaque
        stringData: {\(data)}
        """
    }

    private static let gateway = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: a, namespace: default}
        spec:
          selector: {istio: ingressgateway}
          servers:
          - port: {number: 443, name: https, protocol: HTTPS}
            hosts: ['*']
            tls: {mode: MUTUAL, credentialName: web}
          - port: {number: 444, name: other, protocol: HTTPS}
            hosts: ['*']
            tls: {mode: SIMPLE, credentialName: other/web}
        """

    private static let base = [
        MeshFixture.service("web"), gateway, secret("web", "tls.crt: C, tls.key: K, ca.crt: A, ca.crl: R"),
        secret("unnamed", "tls.crt: C, tls.key: K"), secret("web", namespace: "other", "tls.crt: X, tls.key: X"),
        MeshFixture.destinationRule(
            "web",
            namespace: "shop",
            "workloadSelector: {matchLabels: {app: client}}\ntrafficPolicy: {tls: {mode: MUTUAL, credentialName: own}}"
        ).replacing("host: web", with: "host: web.default.svc.cluster.local"),
        secret("own", namespace: "shop", "cert: C2, key: K2, cacert: A2"),
        secret("own-cacert", namespace: "shop", "cacert: A3"),
    ].joined(separator: "\n---\n")

    private static func node(_ kind: ProxyNode.Kind, _ namespace: String, identity: String?) -> ProxyNode {
        var node = ProxyNode.sidecar("p", ip: "10.1.0.9", namespace: namespace, labels: ["app": "client"])
        node.kind = kind
        if kind == .router { node.labels = ["istio": "ingressgateway"] }
        node.verifiedIdentity = identity.flatMap {
            SPIFFEIdentity(trustDomain: "cluster.local", namespace: $0, serviceAccount: "p")
        }
        return node
    }

    @Test(arguments: [
        ("router", "edge", "edge", "kubernetes://web", "C K"),
        ("router", "edge", "edge", "kubernetes://web-cacert", "A R"),
        ("router", "edge", "edge", "kubernetes://edge/web", ""),
        // Not named by any rule of its own, not there, or not a Secret.
        ("router", "edge", "edge", "kubernetes://unnamed", ""),
        ("router", "edge", "edge", "kubernetes://nowhere", ""),
        ("router", "edge", "edge", "kubernetes://other/web", ""),
        ("router", "edge", "edge", "default", ""),
        ("router", "edge", "edge", "", ""),
        // A router of another namespace has that one's Secret.
        ("router", "other", "other", "kubernetes://web", "X X"),
        // Nobody proved who it is, or somebody else did.
        ("router", "edge", "", "kubernetes://web", ""),
        ("router", "edge", "other", "kubernetes://web", ""),
        // Sidecars have those of rules that choose them.
        ("sidecar", "shop", "shop", "kubernetes://own", "C2 K2"),
        ("sidecar", "shop", "shop", "kubernetes://own-cacert", "A3 "),
        ("sidecar", "edge", "edge", "kubernetes://web", ""),
    ])
    func secretsGoToThoseWhoMayHaveThem(
        kind: String,
        namespace: String,
        identity: String,
        name: String,
        content: String
    )
        throws
    {
        let node = try Self.node(
            #require(ProxyNode.Kind(rawValue: kind)),
            namespace,
            identity: identity.isEmpty ? nil : identity
        )
        let mesh = try MeshFixture(Self.base, node: node)
        let found = ResourceGenerator().generate(.secret, for: node, in: mesh.snapshot, names: [name])
        guard let resource = found.first else {
            #expect(content.isEmpty)
            return
        }
        let secret = try XDS.Secret(serializedBytes: resource.body.value)
        func text(_ source: XDS.DataSource) -> String { String(decoding: source.inlineBytes, as: UTF8.self) }
        #expect(secret.name == name)
        if name.hasSuffix("-cacert") {
            #expect("\(text(secret.validationContext.trustedCa)) \(text(secret.validationContext.crl))" == content)
        } else {
            #expect(
                "\(text(secret.tlsCertificate.certificateChain)) \(text(secret.tlsCertificate.privateKey))" == content
            )
        }
    }

    @Test func nobodyIsSentSecretsUnasked() throws {
        let mesh = try MeshFixture(Self.base, node: Self.node(.router, "edge", identity: "edge"))
        #expect(ResourceGenerator().generate(.secret, for: mesh.node, in: mesh.snapshot).isEmpty)
    }

    @Test func aSecretThatChangesConcernsItsNamespaceAlone() throws {
        let renewed = Self.base.replacing("tls.crt: C, tls.key: K, ca.crt", with: "tls.crt: D, tls.key: K, ca.crt")
        for (namespace, kinds) in [("edge", [ResourceKind.secret]), ("shop", [])] {
            let mesh = try MeshFixture(Self.base, node: Self.node(.router, namespace, identity: namespace))
            let next = try mesh.updated(renewed)
            let found = ResourceGenerator().concerns(
                next.change,
                for: mesh.node,
                from: mesh.snapshot,
                to: next.snapshot
            )
            #expect(found == Set(kinds))
            #expect(!next.change.isEmpty && !next.change.isEndpointsOnly)
        }
    }

    @Test func whatIsInASecretIsNeverSaid() throws {
        let file = ObjectDecoder.decode(Array(Self.secret("web", "tls.key: VERYSECRET, other: HIDDEN").utf8), file: "f")
        let object = try #require(file.objects.first)
        var dumped = ""
        dump(object, to: &dumped)
        for text in ["\(object)", String(reflecting: object), dumped] {
            #expect(!text.contains("VERYSECRET") && !text.contains("HIDDEN"), "\(text)")
        }
        // Byte by byte neither.
        #expect(!dumped.contains("86") || !dumped.contains("69"))
    }
}
