import CertificateAuthority
import KubernetesAPI
import Testing

@testable import ControlPlaneRuntime

@Suite(.timeLimit(.minutes(5))) struct RootCertificateTests {
    private static func namespace(_ name: String, phase: String = "Active") -> KubernetesObject {
        var object = KubernetesObject(.namespaces, ObjectName(name: name))
        object["status", "phase"] = .string(phase)
        return object
    }

    private static func map(_ namespace: String, _ text: String) -> KubernetesObject {
        var object = KubernetesObject(.configMaps, ObjectName(namespace: namespace, name: "istio-ca-root-cert"))
        object["data"] = ["root-cert.pem": .string(text)]
        return object
    }

    private func maps(_ text: String = "new", revocations: String = "") -> RootCertificateMaps {
        RootCertificateMaps([
            .init(name: "istio-ca-root-cert", key: "root-cert.pem", text: text),
            .init(name: "istio-ca-crl", key: "ca-crl.pem", text: revocations),
        ])
    }

    @Test func whatIsMissingOrOtherIsDue() {
        var maps = maps()
        maps.synced(namespaces: ["a", "b", "c", "kube-system"].map { Self.namespace($0) })
        maps.synced("istio-ca-root-cert", [Self.map("a", "new"), Self.map("b", "old")])
        maps.synced("istio-ca-crl", [])
        #expect(maps.due().map(\.namespace) == ["b", "c"])
        #expect(maps.due().map(\.exists) == [true, false])
        #expect(maps.due(in: "a") == [])
        #expect(maps.due(in: "kube-system") == [])
    }

    @Test func deletionAndAnotherBundleMakeItDueAgain() {
        var maps = maps()
        maps.apply(namespace: Self.namespace("a"), isGone: false)
        maps.apply(Self.map("a", "new"))
        #expect(maps.due() == [])
        maps.deleted(Self.map("a", "new"))
        #expect(maps.due().map(\.exists) == [false])
        maps.apply(Self.map("a", "new"))
        maps.replace([.init(name: "istio-ca-root-cert", key: "root-cert.pem", text: "newer")])
        #expect(maps.due().map(\.content.text) == ["newer"])
    }

    @Test func namespacesThatEndAreLeftAlone() {
        var maps = maps()
        maps.apply(namespace: Self.namespace("a"), isGone: false)
        maps.apply(namespace: Self.namespace("a", phase: "Terminating"), isGone: false)
        #expect(maps.due() == [])
        maps.apply(namespace: Self.namespace("b"), isGone: false)
        maps.apply(namespace: Self.namespace("b"), isGone: true)
        #expect(maps.due() == [])
    }

    @Test func anEmptyListIsWrittenOnlyOverAnother() {
        var maps = maps(revocations: "list")
        maps.apply(namespace: Self.namespace("a"), isGone: false)
        maps.apply(Self.map("a", "new"))
        #expect(maps.due().map(\.content.name) == ["istio-ca-crl"])
        var revoked = KubernetesObject(.configMaps, ObjectName(namespace: "a", name: "istio-ca-crl"))
        revoked["data"] = ["ca-crl.pem": "list"]
        maps.apply(revoked)
        maps.replace([.init(name: "istio-ca-crl", key: "ca-crl.pem", text: "")])
        #expect(maps.due().map(\.content.text) == [""])
    }

    /// A watch may tell of an older state late, which is repaired once more.
    private static func next(
        _ written: inout AsyncStream<KubernetesObject>.Iterator,
        in namespace: String
    ) async -> KubernetesObject? {
        while let object = await written.next() {
            if object.namespace == namespace { return object }
        }
        return nil
    }

    @Test func everyNamespaceIsSuppliedAndRepaired() async throws {
        let api = StoringAPI([(.namespaces, Self.namespace("a")), (.configMaps, Self.map("a", "old"))])
        let trust = IdentityFixture.trust(try IdentityFixture.authority(try IdentityFixture.files()))
        let pem = trust.state.bundle.pem
        let publisher = RootCertificatePublisher(api: api, trust: trust, logger: IdentityFixture.logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            var written = api.written.makeAsyncIterator()
            let repaired = await written.next()
            #expect(repaired?.namespace == "a" && repaired?["data", "root-cert.pem"] == .string(pem))
            await api.put(Self.namespace("b"), .namespaces)
            let made = await Self.next(&written, in: "b")
            #expect(made?["data", "root-cert.pem"] == .string(pem))
            await api.put(Self.map("b", "spoilt"), .configMaps)
            #expect(await Self.next(&written, in: "b") != nil)
            try? await api.delete(
                .configMaps,
                ObjectName(namespace: "a", name: "istio-ca-root-cert"),
                DeleteOptions()
            )
            #expect(await Self.next(&written, in: "a") != nil)
            group.cancelAll()
        }
    }
}
