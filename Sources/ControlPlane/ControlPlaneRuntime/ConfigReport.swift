internal import MeshConfig
internal import Synchronization

/// The configuration in use and what its authors are told; written by the pipeline, read by the debug interface.
final class ConfigReport: Sendable {
    private let state = Mutex((config: ConfigSnapshot(), diagnostics: [Diagnostic]()))

    /// Takes over the latest.
    func update(_ config: ConfigSnapshot, _ diagnostics: [Diagnostic]) {
        state.withLock { $0 = (config, diagnostics) }
    }

    /// The latest.
    var current: (config: ConfigSnapshot, diagnostics: [Diagnostic]) {
        state.withLock { $0 }
    }
}
