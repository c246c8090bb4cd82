internal import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import ProxyIdentity
package import ProxySnapshot
internal import Synchronization
internal import XDSProtocol

/// Keeps a proxy's configuration up to date over one incremental ADS stream.
///
/// ``run()`` connects, reconnects with back-off and publishes; while there is no connection the last snapshot keeps
/// serving. Decoding and validation run on this actor, never on an event loop.
package actor DiscoveryClient {
    /// Snapshots to serve, the latest wins; for one consumer. The first is complete: every listener has its routes.
    package nonisolated let snapshots: AsyncStream<ProxySnapshot>

    private let publish: AsyncStream<ProxySnapshot>.Continuation
    private let configuration: DiscoveryClientConfiguration
    private let sleep: @Sendable (Duration) async throws -> Void
    private let logger: Logger
    private nonisolated let shared = Mutex(DiscoveryClientStatus())
    private var generator: any RandomNumberGenerator & Sendable
    private var session: DiscoverySession
    private var backoff: Backoff
    /// How many attempts in a row got no answer.
    private var failures = 0
    /// The newest snapshot that is not published, because the first complete one is still to come.
    private var withheld: ProxySnapshot?

    /// A client that is not connected yet; clock and randomness serve the back-off only.
    package init(
        configuration: DiscoveryClientConfiguration,
        clock: some Clock<Duration> = ContinuousClock(),
        generator: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator(),
        logger: Logger
    ) {
        self.configuration = configuration
        self.generator = generator
        self.logger = logger
        let place = configuration.discoversItself && configuration.node.hasLocality ? configuration.node.locality : nil
        session = DiscoverySession(
            localLocality: place.map { Locality(region: $0.region, zone: $0.zone, subZone: $0.subZone) },
            wantsTrustBundle: configuration.trust != nil,
            secretFault: configuration.secretFault
        )
        backoff = configuration.backoff
        sleep = { try await clock.sleep(for: $0) }
        (snapshots, publish) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Where the connection stands; may be read from anywhere.
    package nonisolated var status: DiscoveryClientStatus { shared.withLock { $0 } }

    /// Runs until the task is cancelled.
    package func run() async {
        defer {
            update { $0.state = .idle }
            publish.finish()
        }
        while !Task.isCancelled {
            update { $0.state = .connecting }
            // With nothing to show the server would refuse, and count it.
            await configuration.access?.waitForCredentials()
            let reason = await stream()
            session.close()
            guard !Task.isCancelled else { return }
            failures &+= 1
            let wait = backoff.next(using: &generator)
            update { $0.state = .backingOff(wait, error: reason) }
            logger.warning(
                "discovery stream ended",
                metadata: ["reason": "\(reason)", "server": "\(configuration.host):\(configuration.port)"]
            )
            do { try await sleep(wait) } catch { return }
        }
    }

    // MARK: One stream

    /// Opens one stream and reads it to its end; returns why it ended.
    private func stream() async -> String {
        do {
            let (transport, metadata) = try configuration.connection(failures: failures)
            try await withGRPCClient(transport: transport) { client in
                let discovery = Envoy_Service_Discovery_V3_AggregatedDiscoveryService.Client(wrapping: client)
                let (outgoing, output) = AsyncStream<DeltaClientStream.Request>.makeStream()
                for request in self.session.open(node: self.configuration.node) { output.yield(request) }
                defer { output.finish() }
                try await discovery.deltaAggregatedResources(
                    metadata: metadata,
                    options: self.configuration.callOptions,
                    requestProducer: { writer in
                        for await request in outgoing { try await writer.write(request) }
                    },
                    onResponse: { response in
                        // Ends the request side too, however the response side ends.
                        defer { output.finish() }
                        for try await message in response.messages {
                            for request in await self.receive(message) { output.yield(request) }
                        }
                    }
                )
            }
            return "the server ended the stream"
        } catch let error as RPCError {
            return error.explanation
        } catch {
            return "\(error)"
        }
    }

    private func receive(_ response: DeltaClientStream.Response) -> [DeltaClientStream.Request] {
        let reception = session.receive(response)
        backoff.reset()
        failures = 0
        if let bundle = reception.trustBundle { configuration.trust?(bundle) }
        if let reason = reception.trustRefusal {
            logger.warning("refused the mesh's roots", metadata: ["reason": "\(reason)"])
        }
        for rejection in reception.rejections {
            logger.warning(
                "refused a resource",
                metadata: [
                    "type": "\(rejection.kind)", "name": "\(rejection.name)", "reason": "\(rejection.reason)",
                ]
            )
        }
        update { status in
            if status.state != .connected {
                status.state = .connected
                status.connects += 1
            }
            status.responses += 1
            if !reception.rejections.isEmpty || reception.trustRefusal != nil { status.rejectedResponses += 1 }
            status.rejections = session.standingRejections
            status.warnings = session.warnings
            // Once: what warms later must not take a serving proxy out of its service.
            let isComplete = session.answeredTypes.isSuperset(of: [.lds, .cds]) && session.isWarm
            status.isInitialized = status.isInitialized || isComplete
            if let snapshot = reception.snapshot { status.generation = snapshot.generation }
        }
        // A proxy that starts with half of its listeners would send what belongs to the others past all rules, and a
        // kept connection would stay there; Envoy accepts nothing before it is initialized either.
        withheld = reception.snapshot ?? withheld
        if status.isInitialized, let snapshot = withheld {
            withheld = nil
            publish.yield(snapshot)
        }
        return reception.requests
    }

    private func update(_ change: (inout DiscoveryClientStatus) -> Void) {
        shared.withLock { change(&$0) }
    }
}
