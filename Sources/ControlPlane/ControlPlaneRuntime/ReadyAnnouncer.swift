internal import Foundation
internal import Logging
internal import Synchronization

/// Tells once that the control plane listens, and where: one log line, and a file when asked for.
final class ReadyAnnouncer: Sendable {
    private struct Addresses: Encodable {
        var xds: String?
        var secure: String?
        var monitoring: String?
    }

    /// What is listened on.
    enum Place: Sendable, Hashable { case xds, secure, monitoring }

    private let bound = Mutex<[Place: ListenAddress]>([:])
    private let expected: Set<Place>
    private let file: String?
    private let logger: Logger

    /// Announces once all of `expected` are bound.
    init(_ expected: Set<Place>, file: String?, logger: Logger) {
        self.expected = expected
        self.file = file
        self.logger = logger
    }

    /// Notes an address that is listened on.
    func bound(_ place: Place, _ address: ListenAddress) {
        let addresses = bound.withLock { bound -> Addresses? in
            bound[place] = address
            guard Set(bound.keys) == expected else { return nil }
            return Addresses(
                xds: bound[.xds]?.description,
                secure: bound[.secure]?.description,
                monitoring: bound[.monitoring]?.description
            )
        }
        guard let addresses else { return }
        var metadata: Logger.Metadata = [:]
        for (name, address) in [
            ("xds", addresses.xds), ("secure", addresses.secure), ("monitoring", addresses.monitoring),
        ] {
            if let address { metadata[name] = "\(address)" }
        }
        logger.notice("ready", metadata: metadata)
        guard let file else { return }
        do {
            try JSONEncoder().encode(addresses).write(to: URL(filePath: file), options: .atomic)
        } catch {
            logger.error("the ready file cannot be written", metadata: ["file": "\(file)", "reason": "\(error)"])
        }
    }
}
