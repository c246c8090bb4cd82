internal import Foundation
internal import Logging
package import MeshConfig

/// Configuration from a directory of YAML and JSON files, or from one file, followed as it changes.
///
/// This is what VMs and laptops use. Changes are noticed through inotify, and every `pollInterval` besides (the only
/// way on network file systems); bursts are the business of whoever consumes the updates.
package struct FileConfigSource: Sendable {
    private let path: String
    private let mesh: MeshConfiguration
    private let limits: YAMLLimits
    private let pollInterval: Duration
    private let logger: Logger

    /// A source over `path`, which need not exist yet.
    package init(
        path: String,
        mesh: MeshConfiguration = MeshConfiguration(),
        limits: YAMLLimits = YAMLLimits(),
        pollInterval: Duration = .seconds(5)
    ) {
        self.path = path
        self.mesh = mesh
        self.limits = limits
        self.pollInterval = pollInterval
        self.logger = Logger(label: "martlet.config")
    }

    /// What is configured now, and then every change, until the consumer stops. Each call reads on its own.
    ///
    /// The first update comes at once, even when nothing is there. Every update is whole, so a consumer that is late
    /// may act on the last one with the union of the changed keys.
    package func updates() -> AsyncStream<ConfigUpdate> {
        let (stream, continuation) = AsyncStream.makeStream(of: ConfigUpdate.self)
        let watch = DirectoryWatch()
        let waker = watch.waker
        continuation.onTermination = { _ in waker.wake() }
        let box = WatchBox(watch)
        let source = self
        // A thread of its own: waiting for the kernel must not take one of the few threads tasks run on.
        let thread = Thread { source.follow(box.watch, continuation) }
        thread.name = "martlet-config"
        thread.start()
        return stream
    }

    private func follow(_ watch: borrowing DirectoryWatch, _ continuation: AsyncStream<ConfigUpdate>.Continuation) {
        var reader = FileReader(path: path, mesh: mesh, limits: limits)
        let parts = pollInterval.components
        let poll = Int32(clamping: parts.seconds * 1000 + parts.attoseconds / 1_000_000_000_000_000)
        var told: Set<Diagnostic> = []
        while true {
            // Watching before reading: what changes in between is then seen by the next round.
            watch.watch(FileScan(path: path).directories)
            if let update = reader.refresh() {
                report(update.diagnostics.filter { !told.contains($0) })
                told = Set(update.diagnostics)
                if case .terminated = continuation.yield(update) { return }
            }
            switch watch.wait(milliseconds: max(1, poll)) {
            case .woken: return
            case .timedOut: continue
            case .changed: if !watch.settle(quiet: 20) { return }
            }
        }
    }

    private func report(_ diagnostics: [Diagnostic]) {
        for diagnostic in diagnostics {
            switch diagnostic.severity {
            case .error: logger.error("\(diagnostic)")
            case .warning: logger.warning("\(diagnostic)")
            }
        }
    }
}

/// Carries a watch into its thread.
private final class WatchBox: Sendable {
    let watch: DirectoryWatch

    init(_ watch: consuming DirectoryWatch) {
        self.watch = watch
    }
}
