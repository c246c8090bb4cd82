internal import Synchronization

/// Why a proxy ends.
package enum EndReason: Sendable, Equatable, CustomStringConvertible {
    case signal
    case quit
    /// All of the application's containers have ended.
    case applicationEnded

    package var description: String {
        switch self {
        case .signal: "asked by a signal"
        case .quit: "asked by POST /quitquitquit"
        case .applicationEnded: "the application has ended"
        }
    }
}

/// Asks to end, from wherever, heard once by the engine. Safe to use from anywhere.
package final class AgentEnding: Sendable {
    /// Yields once.
    package let requests: AsyncStream<EndReason>
    private let continuation: AsyncStream<EndReason>.Continuation
    private let ending = Mutex(false)

    package init() { (requests, continuation) = AsyncStream.makeStream() }

    /// Whether readiness is to fail.
    package var isEnding: Bool { ending.withLock { $0 } }

    /// Fails readiness without ending anything.
    package func beginDraining() { ending.withLock { $0 = true } }

    /// Fails readiness and asks the engine to drain and end.
    package func request(_ reason: EndReason) {
        beginDraining()
        continuation.yield(reason)
        continuation.finish()
    }
}
