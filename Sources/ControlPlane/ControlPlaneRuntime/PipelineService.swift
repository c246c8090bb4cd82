internal import CertificateAuthority
internal import ConfigSources
internal import MeshConfig
internal import ServiceLifecycle
internal import Synchronization
internal import XDSGeneration

/// Applies what the configuration and the trust bring until stopped, one after the other and always the latest.
struct PipelineService: ServiceLifecycle.Service {
    let pipeline: ModelPipeline
    let updates: AsyncStream<KeyedConfiguration>
    let trust: MeshTrust?

    /// What waits to be applied.
    private final class Inbox: Sendable {
        private struct Waiting {
            var configuration: KeyedConfiguration?
            var trust: TrustResources?
        }

        private let waiting = Mutex(Waiting())

        func put(_ configuration: KeyedConfiguration) { waiting.withLock { $0.configuration = configuration } }
        func put(_ trust: TrustResources) { waiting.withLock { $0.trust = trust } }

        func take() -> (KeyedConfiguration?, TrustResources?) {
            waiting.withLock { waiting in
                defer { waiting = Waiting() }
                return (waiting.configuration, waiting.trust)
            }
        }
    }

    func run() async throws {
        var pipeline = pipeline
        let inbox = Inbox()
        let (bell, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await update in updates.cancelOnGracefulShutdown() {
                    inbox.put(update)
                    ring.yield()
                }
                ring.finish()
            }
            if let trust {
                group.addTask {
                    for await state in trust.states() {
                        inbox.put(TrustResources(state.bundle))
                        ring.yield()
                    }
                }
            }
            for await _ in bell {
                let (configuration, resources) = inbox.take()
                if let configuration {
                    trust?.configure(configuration.config.mesh)
                    await pipeline.apply(configuration)
                }
                if let resources { await pipeline.apply(resources) }
            }
            group.cancelAll()
        }
    }
}

extension TrustResources {
    /// A bundle as it goes out.
    init(_ bundle: TrustBundle) {
        self.init(roots: bundle.texts, revocations: bundle.revocationPEM)
    }
}
