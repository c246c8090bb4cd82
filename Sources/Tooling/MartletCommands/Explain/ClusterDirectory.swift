import KubernetesAPI
import KubernetesClient
import MeshTelemetry

/// The proxies of a cluster's pods, asked through its API: `pilot-agent request GET explain?...` in each `istio-proxy`.
struct ClusterDirectory: ProxyDirectory {
    /// Proxies asked at once.
    static let width = 16

    let client: KubernetesClient
    let pods: [ObjectName]

    /// Pods with a proxy that runs, sorted.
    static func pods(among objects: [KubernetesObject]) -> [ObjectName] {
        objects.filter { pod in
            let spec = pod["spec"] ?? [:]
            let containers = (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])
            guard containers.contains(where: { $0["name"]?.string == "istio-proxy" }) else { return false }
            let statuses =
                (pod["status", "containerStatuses"]?.array ?? [])
                + (pod["status", "initContainerStatuses"]?.array ?? [])
            return statuses.contains { status in
                status["name"]?.string == "istio-proxy" && status[path: ["state", "running"]] != nil
            }
        }.map(\.objectName).sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }
    }

    func ask(_ request: DecisionRequest) async -> [ProxyAnswer] {
        await withTaskGroup(of: ProxyAnswer.self) { group in
            var waiting = pods[...]
            var answers: [ProxyAnswer] = []
            func start() {
                guard let pod = waiting.popFirst() else { return }
                group.addTask { await ask(pod, request) }
            }
            for _ in 0..<Self.width { start() }
            for await answer in group {
                answers.append(answer)
                start()
            }
            return answers.sorted { $0.proxy < $1.proxy }
        }
    }

    private func ask(_ pod: ObjectName, _ request: DecisionRequest) async -> ProxyAnswer {
        let command = ["pilot-agent", "request", "GET", String(request.target.dropFirst())]
        let name = "\(pod.name).\(pod.namespace)"
        do {
            let result = try await client.execute(command, in: pod, container: "istio-proxy", timeout: .seconds(15))
            return ProxyAnswer(proxy: name, outcome: Self.outcome(result))
        } catch {
            return ProxyAnswer(proxy: name, outcome: .failed(error.message))
        }
    }

    /// Reads what `pilot-agent request` printed: the page when it was there, else why not.
    static func outcome(_ result: CommandResult) -> ProxyAnswer.Outcome {
        let errors = String(decoding: result.standardError, as: UTF8.self)
        switch result.exit {
        case .code(0): return ProxyAnswer.outcome(status: 200, server: "", body: result.standardOutput)
        case .code where errors.contains(RequestDecisions.envoyRemembersNone): return .envoy
        // Istio's own agent passes Envoy's page on.
        case .code where String(decoding: result.standardOutput, as: UTF8.self).hasPrefix("invalid path"): return .envoy
        case .code(let code): return .failed("pilot-agent ended with \(code): \(errors.prefix(200))")
        case .failed(let reason): return .failed(reason)
        }
    }
}
