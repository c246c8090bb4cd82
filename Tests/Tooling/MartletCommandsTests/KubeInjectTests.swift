import ArgumentParser
import CustomDump
import Foundation
import KubernetesAPI
import SidecarInjection
import Testing

@testable import MartletCommands

@Suite struct KubeInjectTests {
    private static let deployment = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: books}
        spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: app, image: x}]}}}
        """

    private func settings(_ request: String) throws -> InjectionSettings {
        var sources = InjectionSources()
        try KubeInjectRequest(text: request).apply(to: &sources)
        return try InjectionSettings.make(sources).settings
    }

    @Test func otherDocumentsStayAsTheyAreWritten() throws {
        let service = "# a comment\napiVersion: v1\nkind: Service\nmetadata:\n    name:   \"web\"\n"
        let command = try KubeInjectCommand.parse(["-f", "x.yaml"])
        let text = try command.injected(service + "---\n" + Self.deployment, by: ManifestInjection(SidecarInjector()))
        let parts = ManifestText.split(text)
        #expect(parts.count == 2)
        #expect(parts.first.map(String.init) == service)
        let injected = try #require(KubernetesManifest.documents(text).last)
        let containers = injected[path: ["spec", "template", "spec", "containers"]]?.array ?? []
        #expect(containers.compactMap { $0["name"]?.string } == ["app", "istio-proxy"])
        let again = try command.injected(text, by: ManifestInjection(SidecarInjector()))
        #expect(again == text)
    }

    @Test func settingsAreSetByPath() throws {
        let settings = try settings(
            #"{"set": ["values.global.network=n1", "global.meshID=m", "meshConfig.trustDomain=td"]}"#
        )
        #expect(settings.network == "n1")
        #expect(settings.meshID == "m")
        #expect(settings.trustDomain == "td")
    }

    @Test(
        arguments: [
            ("a.b=1", ["a": ["b": 1]]),
            (#"a.b\.c=x=y"#, ["a": ["b.c": "x=y"]]),
            ("a[1].b=true", ["a": [nil, ["b": true]]]),
            ("a={x,2}", ["a": ["x", 2]]),
            ("a=007", ["a": "007"]),
            ("a=", ["a": ""]),
        ] as [(String, JSONValue)]
    )
    func assignmentsAreHelms(text: String, expected: JSONValue) throws {
        var root: JSONValue = [:]
        try KubeInjectAssignment(text).assign(in: &root, dropping: 0)
        expectNoDifference(root, expected)
    }

    @Test(arguments: ["", "novalue", "=x", "[0]=x"])
    func whatIsNoAssignmentIsRefused(text: String) {
        #expect(throws: (any Error).self) { try KubeInjectAssignment(text) }
    }

    @Test(arguments: [
        #"{"sett": []}"#, #"{"set": "a=b"}"#, "[]", "{", #"{"env": {"A": []}}"#, #"{"operator": "/nowhere"}"#,
    ])
    func aRequestThatIsNotUnderstoodIsRefused(text: String) {
        #expect(throws: (any Error).self) { try KubeInjectRequest(text: text) }
    }

    @Test func aClusterDecidesByLabelsAndKubelets() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kube-inject-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "cluster.yaml").path
        func request(_ kubelet: String, _ label: String) throws -> KubeInjectRequest {
            let text = """
                {apiVersion: v1, kind: Node, metadata: {name: n}, status: {nodeInfo: {kubeletVersion: \(kubelet)}}}
                ---
                {apiVersion: v1, kind: Namespace, metadata: {name: books, labels: {istio-injection: \(label)}}}
                """
            try text.write(toFile: file, atomically: true, encoding: .utf8)
            return try KubeInjectRequest(text: JSONValue.object(["cluster": .string(file), "operator": ""]).jsonText)
        }
        for (kubelet, isNative) in [("v1.33.0", true), ("v1.32.9", false), ("v2.0", true), ("none", false)] {
            var sources = InjectionSources()
            try request(kubelet, "enabled").apply(to: &sources)
            #expect(sources.nodesSupportNativeSidecars == isNative, "\(kubelet)")
        }
        let document = try #require(KubernetesManifest.documents(Self.deployment).first)
        for (label, isInjected) in [("enabled", true), ("disabled", false)] {
            let injection = ManifestInjection(SidecarInjector(), namespaces: try request("v1.30.0", label).namespaces)
            #expect(try injection.inject(document).isChanged == isInjected)
        }
    }

    @Test func anOperatorsSettingsAreTaken() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "operator-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        let text = """
            apiVersion: install.istio.io/v1alpha1
            kind: IstioOperator
            spec:
              hub: example.com
              values: {global: {network: n2}}
              meshConfig: {defaultConfig: {holdApplicationUntilProxyStarts: true}}
            """
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let request = JSONValue.object(["operator": .string(file), "set": ["values.global.network=n3"]])
        let settings = try settings(request.jsonText)
        #expect(settings.network == "n3")
        let document = try #require(KubernetesManifest.documents(Self.deployment).first)
        let result = try ManifestInjection(SidecarInjector(settings)).inject(document)
        let containers = result.document[path: ["spec", "template", "spec", "containers"]]?.array ?? []
        #expect(containers.compactMap { $0["name"]?.string } == ["istio-proxy", "app"])
        #expect(containers.first?["image"] == "example.com/proxyv2:0.1.0")
    }

    // Beside the project, on machines that have it.
    static let bookinfo = URL(filePath: #filePath).appending(path: "../../../../../shared/data/bookinfo/bookinfo.yaml")
        .standardized.path()

    @Test(.enabled(if: FileManager.default.fileExists(atPath: bookinfo), "the Bookinfo sample is not on this machine"))
    func bookinfoComesOutWithASidecarInEveryPod() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "bookinfo-\(UUID().uuidString).yaml").path
        defer { try? FileManager.default.removeItem(atPath: file) }
        try KubeInjectCommand.parse(["-f", Self.bookinfo, "-o", file]).run()
        let before = try KubernetesManifest.documents(String(contentsOfFile: Self.bookinfo, encoding: .utf8))
        let after = try KubernetesManifest.documents(String(contentsOfFile: file, encoding: .utf8))
        #expect(before.count == after.count)
        for (old, new) in zip(before, after) {
            guard old["kind"]?.string == "Deployment" else {
                expectNoDifference(new, old)
                continue
            }
            let containers = new[path: ["spec", "template", "spec", "containers"]]?.array ?? []
            #expect(containers.count == 2)
            #expect(containers.last?["name"] == "istio-proxy")
        }
    }
}
