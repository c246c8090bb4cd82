import ArgumentParser
import KubernetesAPI
import KubernetesClient
import MeshTelemetry
import Testing

@testable import MartletCommands

@Suite struct ExplainCommandTests {
    @Test(arguments: [
        [], ["id", "--last", "3", "--pod", "a.b"], ["--last", "3"], ["--last", "0", "--pod", "a.b"], [""],
        ["id", "--admin", "localhost:1", "--pod", "a.b"], ["id", "--admin", "localhost:1", "-n", "b"],
    ])
    func argumentsThatMakeNoSenseAreRefused(arguments: [String]) {
        #expect(throws: (any Error).self) { try ExplainCommand.parse(arguments) }
    }

    @Test(arguments: [
        ["id"], ["id", "-n", "shop", "-o", "json", "-f", "Samples"], ["--last", "5", "--pod", "a.b"],
        ["--last", "5", "--admin", "localhost:15000"],
    ])
    func argumentsThatMakeSenseAreTaken(arguments: [String]) throws {
        _ = try ExplainCommand.parse(arguments)
    }

    @Test func podsAreNamedWithTheirNamespace() throws {
        #expect(
            try ExplainCommand.podName("web-1.shop", namespace: "x") == ObjectName(namespace: "shop", name: "web-1")
        )
        #expect(try ExplainCommand.podName("a.b.shop", namespace: "x") == ObjectName(namespace: "shop", name: "a.b"))
        #expect(try ExplainCommand.podName("web-1", namespace: "x") == ObjectName(namespace: "x", name: "web-1"))
        for text in [".shop", "web."] {
            #expect(throws: (any Error).self) { try ExplainCommand.podName(text, namespace: "x") }
        }
    }

    @Test(arguments: ["localhost", "localhost:", ":15000", "localhost:0", "localhost:99999"])
    func adminAddressesNeedAPort(address: String) {
        #expect(throws: (any Error).self) { try AdminDirectory(address) }
    }

    @Test func targetsAreEscaped() {
        #expect(DecisionRequest.requestID("a b&c/ä").target == "/explain?request-id=a%20b%26c%2F%C3%A4")
        #expect(DecisionRequest.last(3).target == "/explain?last=3")
    }

    @Test func podsWithAProxyThatRunsAreFound() {
        func pod(_ name: String, container: String, running: Bool, isInit: Bool = false) -> KubernetesObject {
            let state: JSONValue = running ? ["running": [:]] : ["waiting": [:]]
            return KubernetesObject([
                "metadata": ["name": .string(name), "namespace": "n"],
                "spec": [isInit ? "initContainers" : "containers": [["name": .string(container)]]],
                "status": [
                    isInit ? "initContainerStatuses" : "containerStatuses": [
                        ["name": .string(container), "state": state]
                    ]
                ],
            ])
        }
        let pods = [
            pod("b", container: "istio-proxy", running: true, isInit: true),
            pod("a", container: "istio-proxy", running: true),
            pod("c", container: "istio-proxy", running: false), pod("d", container: "app", running: true),
        ]
        #expect(ClusterDirectory.pods(among: pods).map(\.name) == ["a", "b"])
    }

    @Test func whatPilotAgentPrintedIsRead() throws {
        func result(_ out: String, _ err: String = "", _ exit: ExecExit = .code(0)) -> ProxyAnswer.Outcome {
            ClusterDirectory.outcome(
                CommandResult(standardOutput: Array(out.utf8), standardError: Array(err.utf8), exit: exit)
            )
        }
        let page = """
            {"proxy": "sidecar~1.2.3.4~a.b~d", "decisions": [],
             "memory": {"workers": 2, "bytes": 9, "requests": 0, "total": 0}}
            """
        guard case .decisions(let decisions) = result(page) else {
            Issue.record("\(result(page))")
            return
        }
        #expect(decisions.memory.workers == 2)
        #expect(result("", "Error: \(RequestDecisions.envoyRemembersNone)", .code(1)) == .envoy)
        #expect(result("invalid path. admin commands are:", "", .code(1)) == .envoy)
        #expect(result("", "boom", .code(2)) == .failed("pilot-agent ended with 2: boom"))
        #expect(result("", "", .failed("no such program")) == .failed("no such program"))
        #expect(result("nonsense") == .failed("its answer is not understood: The given data was not valid JSON."))
    }

    @Test func statusesOfAdminInterfacesAreRead() {
        #expect(ProxyAnswer.outcome(status: 404, server: "envoy", body: []) == .envoy)
        #expect(
            ProxyAnswer.outcome(status: 404, server: "", body: [])
                == .failed("it has no /explain: is it an older martlet?")
        )
        #expect(ProxyAnswer.outcome(status: 500, server: "", body: Array("oh".utf8)) == .failed("status 500: oh"))
    }
}
