import KubernetesAPI
import Synchronization

/// The cluster addresses (10.96.0.0/16) and node ports (30000-32767) that Services have.
///
/// Kept in memory and read from the stored Services at start; safe to call from anywhere.
final class ServiceAddresses: Sendable {
    private struct Taken {
        var hosts: Set<UInt16> = []
        var ports: Set<Int64> = []
        var nextHost: UInt16 = 256
    }

    private let taken = Mutex(Taken())
    /// 10.96.0.1 and 10.96.0.10 are asked for by name; the rest of this block is left to those who choose themselves.
    private static let handedOut: ClosedRange<UInt16> = 256...65_534
    static let ports: ClosedRange<Int64> = 30_000...32_767

    /// An address nobody has; nil when there is none.
    func allocate() -> String? {
        taken.withLock { taken in
            for _ in Self.handedOut {
                let host = taken.nextHost
                taken.nextHost = host == Self.handedOut.upperBound ? Self.handedOut.lowerBound : host + 1
                if taken.hosts.insert(host).inserted { return Self.text(host) }
            }
            return nil
        }
    }

    /// False when the address is taken or not of the service network.
    func take(_ address: String) -> Bool {
        guard let host = Self.host(address) else { return false }
        return taken.withLock { $0.hosts.insert(host).inserted }
    }

    func release(_ address: String) {
        guard let host = Self.host(address) else { return }
        taken.withLock { _ = $0.hosts.remove(host) }
    }

    func allocatePort() -> Int64? {
        taken.withLock { taken in
            let free = Self.ports.filter { !taken.ports.contains($0) }
            guard let port = free.randomElement() else { return nil }
            taken.ports.insert(port)
            return port
        }
    }

    func take(port: Int64) -> Bool {
        guard Self.ports.contains(port) else { return false }
        return taken.withLock { $0.ports.insert(port).inserted }
    }

    func release(port: Int64) { taken.withLock { _ = $0.ports.remove(port) } }

    static func text(_ host: UInt16) -> String { "10.96.\(host >> 8).\(host & 255)" }

    /// The last 16 bits of an address in 10.96.0.0/16.
    static func host(_ address: String) -> UInt16? {
        let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4, parts[0] == 10, parts[1] == 96, let high = parts[2], let low = parts[3] else {
            return nil
        }
        return UInt16(high) << 8 | UInt16(low)
    }
}
