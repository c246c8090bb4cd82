import ClusterNetwork
import Glibc

/// Carries out what a probe or hook says, inside the pod.
struct HandlerRun: Sendable {
    var context: NodeContext
    var container: RunningContainer
    var attachment: PodAttachment

    func run(_ handler: HandlerPlan, timeout: Double) async -> ProbeResult {
        do {
            switch handler {
            case .exec(let command): return try await exec(command, timeout)
            case .http(let scheme, let host, let port, let path, let headers):
                let exchange = HTTPExchange(
                    sockets: context.sockets,
                    namespace: attachment.namespaceDescriptor,
                    address: address(host),
                    port: port,
                    isTLS: scheme.uppercased() == "HTTPS",
                    path: path,
                    headers: headers
                )
                let status = try await exchange.run(timeout: timeout)
                if (200..<400).contains(status) { return .success }
                return .failure("HTTP probe failed with statuscode: \(status)")
            case .tcp(let host, let port):
                let descriptor = try await context.sockets.connect(
                    namespace: attachment.namespaceDescriptor,
                    address: address(host),
                    port: port,
                    timeout: timeout
                )
                close(descriptor)
                return .success
            case .grpc(let port, let service):
                let exchange = GRPCHealthExchange(
                    sockets: context.sockets,
                    namespace: attachment.namespaceDescriptor,
                    address: attachment.address,
                    port: port,
                    service: service
                )
                return try await exchange.run(timeout: timeout)
            case .sleep(let seconds):
                try await Task.sleep(for: .seconds(Double(max(0, seconds))))
                return .success
            case .unusable(let why): return .failure(why)
            }
        } catch {
            return .failure("\(error)")
        }
    }

    private func address(_ host: String) -> String {
        host.isEmpty ? attachment.address : (host == "localhost" ? "127.0.0.1" : host)
    }

    private func exec(_ command: [String], _ timeout: Double) async throws -> ProbeResult {
        let result = try await ContainerExec(context: context, container: container).run(command, timeout: timeout)
        guard let exit = result.exit else { return .failure("command timed out after \(Int64(timeout))s") }
        if exit.code == 0, exit.signal == 0 { return .success }
        let output =
            result.output.isEmpty ? "exit code \(exit.signal == 0 ? exit.code : 128 &+ exit.signal)" : result.output
        return .failure(output)
    }
}
