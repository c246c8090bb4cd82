package import Logging
internal import Synchronization

/// The log level of the whole process, which `POST /logging` of the admin interface moves. Safe to use from anywhere.
package final class SharedLogLevel: Sendable {
    private let level: Mutex<Logger.Level>

    package init(_ level: Logger.Level) { self.level = Mutex(level) }

    package var value: Logger.Level { level.withLock { $0 } }

    /// Changes the level for every logger that has none of its own; from any thread.
    package func set(_ new: Logger.Level) { level.withLock { $0 = new } }
}

/// A log handler at a shared level, unless its own logger was given another one.
package struct SharedLevelLogHandler: LogHandler {
    private var handler: any LogHandler
    private let shared: SharedLogLevel
    private var ownLevel: Logger.Level?

    /// Passes to `handler` what the level lets through.
    package init(_ handler: any LogHandler, level: SharedLogLevel) {
        self.handler = handler
        shared = level
    }

    package var logLevel: Logger.Level {
        get { ownLevel ?? shared.value }
        set { ownLevel = newValue }
    }

    package var metadata: Logger.Metadata {
        get { handler.metadata }
        set { handler.metadata = newValue }
    }

    package var metadataProvider: Logger.MetadataProvider? {
        get { handler.metadataProvider }
        set { handler.metadataProvider = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { handler[metadataKey: key] }
        set { handler[metadataKey: key] = newValue }
    }

    /// Passes the event on; the level was checked by the logger.
    package func log(event: LogEvent) { handler.log(event: event) }
}
