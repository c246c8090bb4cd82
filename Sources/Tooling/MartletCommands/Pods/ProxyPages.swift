import KubernetesAPI
import KubernetesClient

/// Pages of the admin interface of pods' proxies, read with `pilot-agent request GET` in the containers istio-proxy.
struct ProxyPages: Sendable {
    let client: KubernetesClient

    /// A page of one proxy; throws a ``CommandFailure`` that names the pod.
    func page(_ target: String, of pod: ObjectName, timeout: Duration = .seconds(30)) async throws -> [UInt8] {
        let result: CommandResult
        do {
            let command = ["pilot-agent", "request", "GET", target]
            result = try await client.execute(command, in: pod, container: "istio-proxy", timeout: timeout)
        } catch {
            throw CommandFailure("\(pod.name).\(pod.namespace): \(error.message)")
        }
        switch result.exit {
        case .code(0): return result.standardOutput
        case .code(let code):
            let said = String(decoding: result.standardError.prefix(300), as: UTF8.self)
            throw CommandFailure("\(pod.name).\(pod.namespace): pilot-agent ended with \(code): \(said)")
        case .failed(let reason): throw CommandFailure("\(pod.name).\(pod.namespace): \(reason)")
        }
    }

    /// A page of JSON.
    func json(_ target: String, of pod: ObjectName, timeout: Duration = .seconds(30)) async throws -> JSONValue {
        let bytes = try await page(target, of: pod, timeout: timeout)
        do {
            return try JSONValue(json: bytes)
        } catch {
            throw CommandFailure("\(pod.name).\(pod.namespace): its \(target) is no JSON: \(error)")
        }
    }
}

extension ClusterConnection {
    /// Does something with a client and shuts it down.
    func withClient<Value>(_ body: (KubernetesClient) async throws -> Value) async throws -> Value {
        let client = try client()
        do {
            let value = try await body(client)
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }
}
