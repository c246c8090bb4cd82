import ArgumentParser
import MeshTelemetry
import ProxyAgent

/// Holds an application until its proxy is ready: what `holdApplicationUntilProxyStarts` runs after the proxy's start.
struct WaitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Waits until the proxy of this pod is ready."
    )

    @Option(name: .customLong("timeoutSeconds"), help: "The longest wait.")
    var timeoutSeconds = 60

    @Option(name: .customLong("periodMillis"), help: "Between two asks.")
    var periodMillis = 500

    @Option(name: .customLong("requestTimeoutMillis"), help: "For one ask.")
    var requestTimeoutMillis = 500

    @Option(help: "What is asked.")
    var url = "http://localhost:15021/healthz/ready"

    func run() async throws {
        guard timeoutSeconds >= 0, periodMillis > 0, requestTimeoutMillis > 0 else {
            throw ValidationError("timeouts and the period must be positive")
        }
        let last = await PodRequest.waitForSuccess(
            url: url,
            timeout: .seconds(timeoutSeconds),
            period: .milliseconds(periodMillis),
            requestTimeout: .milliseconds(requestTimeoutMillis)
        )
        if let last { throw CommandFailure("timeout waiting for the proxy to become ready: \(last)") }
    }
}

/// Asks the proxy's admin interface or the agent, as `kubectl exec POD -c istio-proxy -- pilot-agent request` does.
struct RequestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Sends an HTTP request to the proxy's admin interface and prints the answer."
    )

    @Option(help: "15000 is the proxy's admin interface, 15020 the agent.")
    var debugPort: UInt16 = 15000

    @Argument(help: "GET or POST.")
    var method: String

    @Argument(help: "Such as clusters or config_dump.")
    var path: String

    @Argument(help: "What to send along.")
    var body: String = ""

    func run() async throws {
        let path = path.first == "/" ? path : "/\(path)"
        let url = "http://localhost:\(debugPort)\(path)"
        let answer = try await PodRequest.send(method.uppercased(), url: url, body: body)
        if answer.status == 404, answer.server == "envoy", path.prefix(while: { $0 != "?" }) == "/explain" {
            throw CommandFailure(RequestDecisions.envoyRemembersNone)
        }
        let text = answer.text
        print(text, terminator: text.hasSuffix("\n") || text.isEmpty ? "" : "\n")
        guard (200..<300).contains(answer.status) else {
            throw CommandFailure("received unsuccessful status code \(answer.status)")
        }
    }
}

/// Prints what this is.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Prints the version.")

    @Flag(name: .shortAndLong, help: "Only the number.")
    var short = false

    func run() {
        print(short ? MartletVersion.own : "martlet-proxy \(MartletVersion.own) (like Istio \(MartletVersion.istio))")
    }
}
