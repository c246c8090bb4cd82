import KubernetesAPI
import Synchronization

/// Stands for the pod runtime until it is there: the API server is made first.
final class PodStreamsDoor: PodStreams {
    private let runtime = Mutex<(any PodStreams)?>(nil)

    func open(_ streams: any PodStreams) { runtime.withLock { $0 = streams } }

    private func streams() throws(StatusError) -> any PodStreams {
        guard let streams = runtime.withLock({ $0 }) else {
            throw StatusError(.serviceUnavailable, "the node is starting; try again")
        }
        return streams
    }

    func logs(
        of pod: ObjectName,
        _ options: LogOptions
    ) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        try await streams().logs(of: pod, options)
    }

    func execute(
        in pod: ObjectName,
        _ options: ExecOptions,
        input: AsyncStream<ExecInput>,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(StatusError) -> ExecExit {
        try await streams().execute(in: pod, options, input: input, output: output)
    }

    func connect(to pod: ObjectName, port: UInt16) async throws(StatusError) -> PodConnection {
        try await streams().connect(to: pod, port: port)
    }
}
