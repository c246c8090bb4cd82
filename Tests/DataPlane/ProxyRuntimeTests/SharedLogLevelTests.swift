import Logging
import Synchronization
import Testing

@testable import ProxyRuntime

@Suite struct SharedLogLevelTests {
    private final class Lines: Sendable {
        let texts = Mutex<[String]>([])
    }

    private struct Recorder: LogHandler {
        let lines: Lines
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.texts.withLock { $0.append("\(event.message)") } }
    }

    @Test func loggersFollowTheSharedLevelUnlessGivenTheirOwn() {
        let lines = Lines()
        let level = SharedLogLevel(.info)
        let follower = Logger(label: "a") { _ in SharedLevelLogHandler(Recorder(lines: lines), level: level) }
        var own = follower
        own.logLevel = .error
        follower.debug("hidden")
        level.set(.debug)
        follower.debug("shown")
        own.debug("hidden")
        level.set(.critical)
        own.error("own")
        follower.error("hidden")
        #expect(lines.texts.withLock { $0 } == ["shown", "own"])
    }
}
