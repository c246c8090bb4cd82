internal import AsyncHTTPClient
package import Logging
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SwiftProtobuf

/// Ends the proxy of a Job's pod when the application has ended, which nobody else would do.
///
/// An agent sees nothing of other containers' processes, so it reads its own Pod object, by the pod's service account:
/// that works on any Kubernetes where the account may `get` the pod. Where it may not, one warning says so and
/// `POST /quitquitquit` remains. Native sidecars need none of this: the kubelet ends them.
package struct ApplicationWatch: Sendable {
    private static let credentials = "/var/run/secrets/kubernetes.io/serviceaccount"

    private let url: String
    private let ownContainer = "istio-proxy"
    private let logger: Logger

    /// Nil unless `MARTLET_EXIT_WITH_APPLICATION` is `true`, or is not set and the pod belongs to a Job; and when this is
    /// no pod of a cluster.
    package init?(_ environment: ProxyEnvironment, logger: Logger) {
        let isOfJob = environment["ISTIO_META_OWNER"]?.contains("/jobs/") ?? false
        let isWanted = environment["MARTLET_EXIT_WITH_APPLICATION"].map { $0 == "true" || $0 == "1" } ?? isOfJob
        guard isWanted, let host = environment["KUBERNETES_SERVICE_HOST"], let name = environment["POD_NAME"],
            let namespace = environment["POD_NAMESPACE"]
        else { return nil }
        let port = environment["KUBERNETES_SERVICE_PORT"].flatMap { UInt16($0) } ?? 443
        let server = HostPort(host: host, port: Int(port))
        url = "https://\(server)/api/v1/namespaces/\(namespace)/pods/\(name)"
        self.logger = logger
    }

    /// Returns when every container of the application has ended for good; never when that cannot be known.
    package func waitForEnd() async throws {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .file("\(Self.credentials)/ca.crt")
        configuration.tlsConfiguration = tls
        configuration.connectionPool.idleTimeout = .seconds(30)
        let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup, configuration: configuration)
        do {
            try await poll(client)
        } catch {
            try? await client.shutdown()
            throw error
        }
        try? await client.shutdown()
    }

    private func poll(_ client: HTTPClient) async throws {
        var hasWarned = false
        while true {
            var wait = Duration.seconds(2)
            do {
                // The kubelet renews the token.
                let token = try ProxyEnvironment.text("@\(Self.credentials)/token").filter { !$0.isWhitespace }
                let answer = try await AgentHTTP.get(
                    url,
                    headers: [("authorization", "Bearer \(token)"), ("accept", "application/json")],
                    timeout: .seconds(10),
                    limit: 4 << 20,
                    client: client
                )
                guard answer.status == 200 else { throw Refused(status: answer.status) }
                if Self.hasEnded(podJSON: answer.text, besides: ownContainer) { return }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                if !hasWarned {
                    hasWarned = true
                    let remedy = "allow its service account to get pods, or POST /quitquitquit to port 15020"
                    logger.warning(
                        "cannot see whether the application has ended",
                        metadata: ["reason": "\(error)", "remedy": "\(remedy)"]
                    )
                }
                wait = .seconds(15)
            }
            try await Task.sleep(for: wait)
        }
    }

    struct Refused: Error, CustomStringConvertible {
        var status: Int
        var description: String { "the API server answers \(status)" }
    }

    /// Whether all containers of a Pod object but `own` have ended and will not be started again.
    static func hasEnded(podJSON: String, besides own: String) -> Bool {
        var options = JSONDecodingOptions()
        options.messageDepthLimit = 200
        guard let pod = try? Google_Protobuf_Struct(jsonString: podJSON, options: options).fields,
            let spec = pod["spec"]?.structValue.fields, let status = pod["status"]?.structValue.fields
        else { return false }
        let names = (spec["containers"]?.listValue.values ?? []).compactMap {
            $0.structValue.fields["name"]?.stringValue
        }
        .filter { $0 != own }
        let states = status["containerStatuses"]?.listValue.values.map(\.structValue.fields) ?? []
        let policy = spec["restartPolicy"]?.stringValue ?? "Always"
        guard !names.isEmpty, policy != "Always" else { return false }
        return names.allSatisfy { name in
            guard let state = states.first(where: { $0["name"]?.stringValue == name })?["state"]?.structValue.fields,
                let ended = state["terminated"]?.structValue.fields
            else { return false }
            return policy == "Never" || ended["exitCode"]?.numberValue == 0
        }
    }
}
