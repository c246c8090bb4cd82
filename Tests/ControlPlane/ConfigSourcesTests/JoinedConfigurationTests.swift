import ConfigSources
import MeshConfig
import Testing

@Suite struct JoinedConfigurationTests {
    private func update(_ file: String, _ text: String) -> ConfigUpdate {
        var store = ConfigStore()
        return store.apply([file: .bytes(Array(text.utf8))])
    }

    private static func namespace(_ name: String) -> String {
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}\n"
    }

    private static let settings = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: istio, namespace: istio-system}
        data: {mesh: 'outboundTrafficPolicy: {mode: REGISTRY_ONLY}'}

        """

    @Test func firstPathWinsAndTheOtherObjectIsAnError() {
        let joined = JoinedConfiguration([
            update("b/x.yaml", Self.namespace("x")),
            update("a/x.yaml", Self.namespace("z") + "---\n" + Self.namespace("x")),
        ])
        #expect(joined.config.namespaces.map(\.metadata.source?.file) == ["b/x.yaml", "a/x.yaml"])
        #expect(joined.config.versions.count == 2)
        #expect(
            joined.diagnostics.map(\.description) == [
                "a/x.yaml:5:1: error: Namespace x: is already defined at b/x.yaml:1:1, which is in effect; "
                    + "remove one of the two"
            ]
        )
        #expect(joined.clashes == Set(joined.diagnostics))
    }

    @Test func fileNamedTwiceIsNoError() {
        let same = update("x.yaml", Self.namespace("x"))
        let joined = JoinedConfiguration([same, same])
        #expect(joined.config.namespaces.count == 1)
        #expect(joined.diagnostics == [])
    }

    @Test(arguments: [true, false])
    func settingsOfTheMeshComeFromWhicheverPathHasThem(first: Bool) {
        let both = [update("a.yaml", Self.settings), update("b.yaml", Self.namespace("x"))]
        let joined = JoinedConfiguration(first ? both : both.reversed())
        #expect(joined.config.mesh.outboundTrafficPolicy == .registryOnly)
    }

    @Test func nothingIsAnEmptyMeshOverTheGivenSettings() {
        let joined = JoinedConfiguration([])
        #expect(joined.config.objects.isEmpty)
        #expect(joined.config.mesh == MeshConfiguration())
    }
}
