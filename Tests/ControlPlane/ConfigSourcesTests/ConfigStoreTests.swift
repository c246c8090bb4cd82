import ConfigSources
import MeshConfig
import Testing

@Suite struct ConfigStoreTests {
    /// A ServiceEntry `name` for `host`.
    private func entry(_ name: String, host: String = "a.com") -> String {
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: \(name)}
        spec: {hosts: ["\(host)"], ports: [{number: 80, name: http, protocol: HTTP}]}

        """
    }

    private func content(_ text: String) -> FileContent { .bytes(Array(text.utf8)) }

    private func hosts(_ update: ConfigUpdate) -> [String: [String]] {
        Dictionary(update.snapshot.serviceEntries.map { ($0.name, $0.spec.hosts) }) { first, _ in first }
    }

    private func key(_ name: String) -> ObjectKey {
        ObjectKey(kind: .serviceEntry, namespace: "default", name: name)
    }

    @Test func addedChangedAndDeletedObjectsAreNamed() {
        var store = ConfigStore()
        let first = store.apply(["a.yaml": content(entry("x") + "---\n" + entry("z"))])
        #expect(first.changed == [key("x"), key("z")])
        #expect(first.diagnostics == [])

        let second = store.apply(["a.yaml": content(entry("x") + "---\n" + entry("z", host: "b.com"))])
        #expect(second.changed == [key("z")])
        #expect(hosts(second) == ["x": ["a.com"], "z": ["b.com"]])
        #expect(second.snapshot.versions == [key("x"): 1, key("z"): 2])

        let third = store.apply(["a.yaml": content(entry("z", host: "b.com"))])
        #expect(hosts(third) == ["z": ["b.com"]])

        let last = store.apply([:], removed: ["a.yaml"])
        #expect(hosts(last) == [:])
        #expect(last.changed == [key("z")])
    }

    @Test func unchangedFileChangesNothing() {
        var store = ConfigStore()
        _ = store.apply(["a.yaml": content(entry("x"))])
        let update = store.apply(["a.yaml": content(entry("x"))])
        #expect(update.changed == [])
        #expect(update.isMeshChanged == false)
    }

    @Test(arguments: ["ports: [{number: 0}]", "hosts: ["])
    func invalidObjectKeepsItsLastGoodVersion(fault: String) {
        var store = ConfigStore()
        _ = store.apply(["a.yaml": content(entry("x") + "---\n" + entry("z"))])
        let broken =
            "---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: z}\nspec: {\(fault)}\n"
        let update = store.apply(["a.yaml": content(entry("x", host: "b.com") + broken)])
        #expect(hosts(update) == ["x": ["b.com"], "z": ["a.com"]])
        #expect(update.changed == [key("x")])
        #expect(
            update.diagnostics.contains {
                $0.severity == .warning && $0.object == "ServiceEntry default/z"
                    && $0.message == "the version accepted before stays in effect until this is corrected"
            }
        )
        let corrected = store.apply(["a.yaml": content(entry("x", host: "b.com"))])
        #expect(hosts(corrected) == ["x": ["b.com"]])
        #expect(corrected.diagnostics == [])
    }

    @Test func unreadableFileKeepsItsObjects() {
        var store = ConfigStore()
        _ = store.apply(["a.yaml": content(entry("x"))])
        let update = store.apply(["a.yaml": .unreadable("Permission denied")])
        #expect(hosts(update) == ["x": ["a.com"]])
        #expect(update.errors.map(\.description) == ["a.yaml:1:1: error: Permission denied"])
    }

    @Test func sameObjectInTwoFilesIsTakenFromTheFirstByPath() {
        var store = ConfigStore()
        let update = store.apply([
            "b.yaml": content(entry("x", host: "b.com")), "a.yaml": content(entry("x", host: "a.com")),
        ])
        #expect(hosts(update) == ["x": ["a.com"]])
        #expect(
            update.diagnostics.map(\.description) == [
                "b.yaml:1:1: error: ServiceEntry default/x: is already defined at a.yaml:1:1, which is in effect; "
                    + "remove one of the two"
            ]
        )
        #expect(hosts(store.apply([:], removed: ["a.yaml"])) == ["x": ["b.com"]])
    }

    @Test func settingsOfTheMeshAreMergedAndKeptWhenTheyBecomeInvalid() {
        func map(_ mesh: String) -> FileContent {
            content(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: istio, namespace: istio-system}
                data:
                  mesh: |
                    \(mesh)
                """
            )
        }
        var store = ConfigStore()
        let first = store.apply(["m.yaml": map("accessLogFile: /dev/stdout")])
        #expect(first.isMeshChanged)
        #expect(first.snapshot.mesh.accessLogFile == "/dev/stdout")
        let second = store.apply(["m.yaml": map("accessLogFile: []")])
        #expect(second.snapshot.mesh.accessLogFile == "/dev/stdout")
        #expect(second.errors.map(\.location.line) == [6])
        let third = store.apply([:], removed: ["m.yaml"])
        #expect(third.snapshot.mesh == MeshConfiguration())
        #expect(third.isMeshChanged)
    }
}
