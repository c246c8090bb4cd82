import UnixSignals

/// SIGTERM and SIGINT.
enum StopRequests {
    /// Yields once when the process is asked to end.
    static func signals() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        Task {
            for await _ in await UnixSignalsSequence(trapping: .sigterm, .sigint) {
                continuation.yield()
                break
            }
        }
        return stream
    }
}
