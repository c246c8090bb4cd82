internal import Foundation
internal import Logging
internal import Synchronization

/// Tells once that the control plane listens, and where: one log line, and a file when asked for.
final class ReadyAnnouncer: Sendable {
    private struct Addresses: Encodable {
        var xds: String
        var monitoring: String
    }

    private let bound = Mutex<(xds: ListenAddress?, monitoring: ListenAddress?)>((nil, nil))
    private let file: String?
    private let logger: Logger

    init(file: String?, logger: Logger) {
        self.file = file
        self.logger = logger
    }

    /// Notes an address that is listened on; announces when both are known.
    func bound(xds: ListenAddress? = nil, monitoring: ListenAddress? = nil) {
        let addresses = bound.withLock { bound -> Addresses? in
            bound.xds = xds ?? bound.xds
            bound.monitoring = monitoring ?? bound.monitoring
            guard let xds = bound.xds, let monitoring = bound.monitoring else { return nil }
            return Addresses(xds: xds.description, monitoring: monitoring.description)
        }
        guard let addresses else { return }
        logger.notice("ready", metadata: ["xds": "\(addresses.xds)", "monitoring": "\(addresses.monitoring)"])
        guard let file else { return }
        do {
            try JSONEncoder().encode(addresses).write(to: URL(filePath: file), options: .atomic)
        } catch {
            logger.error("the ready file cannot be written", metadata: ["file": "\(file)", "reason": "\(error)"])
        }
    }
}
