internal import EnvoyAPI
internal import GRPCCore
internal import XDSProtocol

/// One SDS stream of a client: answers what it asks for and pushes what changes.
///
/// A secret that does not exist yet is not answered: the client waits, its listeners warm, instead of refusing an
/// empty answer.
struct SecretStream<Subscription: ServerSubscription>: Sendable {
    private enum Input: Sendable {
        case request(Subscription.Request)
        case changed
        case ended
    }

    let publisher: SecretPublisher
    /// Which names a request adds.
    let names: @Sendable (Subscription.Request) -> [String]

    /// Serves until the client ends its side or the call is cancelled.
    func serve(
        _ requests: some AsyncSequence<Subscription.Request, any Error> & Sendable,
        _ response: RPCWriter<Subscription.Response>
    ) async throws {
        let (inputs, feed) = AsyncStream<Input>.makeStream()
        let subscription = publisher.subscribe { _ in feed.yield(.changed) }
        defer { subscription.cancel() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { feed.yield(.ended) }
                for try await request in requests { feed.yield(.request(request)) }
            }
            // A client asks for secrets and nothing else.
            var stream = ServerStream<Subscription>(typeLimit: 1)
            for await input in inputs {
                switch input {
                case .request(let request):
                    guard Subscription.type(of: request) == .sds else {
                        throw RPCError(code: .invalidArgument, message: "this socket serves secrets only")
                    }
                    publisher.want(names(request))
                    _ = stream.receive(request)
                case .changed: stream.markChanged(stream.types)
                case .ended:
                    group.cancelAll()
                    return
                }
                try await answer(&stream, response)
            }
        }
    }

    private func answer(
        _ stream: inout ServerStream<Subscription>,
        _ response: RPCWriter<Subscription.Response>
    ) async throws {
        while let generation = stream.next() {
            let set = publisher.current
            let resources = try (generation.names ?? []).sorted().compactMap { name in
                try SecretResources.resource(name, in: set)
            }
            guard !resources.isEmpty else { return }
            guard let answer = stream.answer(generation, with: resources) else { continue }
            try await response.write(answer.response)
        }
    }
}
