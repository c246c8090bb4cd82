package import ProxySnapshot
package import ProxyUpstream

/// What one worker remembers of its last requests: bytes, in memory of a fixed size.
///
/// Recording copies bytes and nothing else - no allocation, no lock, no reference that would keep a snapshot or a
/// connection alive. Requests that failed have a part of their own, so that many good ones do not wash them away.
/// Confined to its worker's loop.
package final class DecisionRing {
    /// Bytes for requests that went well, and for those that failed: some 80 and 40 of ordinary size.
    package static let capacity = (ordinary: 64 << 10, failed: 32 << 10)
    /// Of a longer head the beginning is kept, and it is not matched against routes again.
    static let headLimit = 4096

    private var ordinary: ByteRing
    private var failed: ByteRing

    package init(capacity: (ordinary: Int, failed: Int) = DecisionRing.capacity) {
        ordinary = ByteRing(capacity: capacity.ordinary)
        failed = ByteRing(capacity: capacity.failed)
    }

    /// Bytes it takes, whatever is in it.
    package var bytes: Int { ordinary.capacity + failed.capacity }

    /// Requests that are remembered.
    package var count: Int { ordinary.count + failed.count }

    /// Requests there have been.
    package var total: UInt64 { ordinary.total &+ failed.total }

    /// Remembers a request that is over; `endedAt` is the worker's time in nanoseconds.
    package func record(
        _ context: RequestContext,
        facts: DownstreamFacts,
        listener: Listener,
        chain: FilterChain,
        exchange: UpstreamExchange,
        endedAt: Int64
    ) {
        let most = DecisionWriter.mostBytes(context)
        func write(_ target: UnsafeMutableRawBufferPointer) -> Int {
            var writer = DecisionWriter(target)
            writer.write(context, facts, listener, chain, exchange, endedAt)
            return writer.count
        }
        if context.flags.isEmpty, context.status < 500, context.status != 0 {
            ordinary.append(atMost: most, write)
        } else {
            failed.append(atMost: most, write)
        }
    }

    /// Copies of the records whose request had this id, oldest first.
    package func records(requestID: [UInt8]) -> [DecisionRecord] {
        var found: [DecisionRecord] = []
        requestID.withUnsafeBytes { wanted in
            func look(_ bytes: UnsafeRawBufferPointer) {
                if DecisionRecord.isOf(wanted, bytes) { found.append(DecisionRecord([UInt8](bytes))) }
            }
            ordinary.forEach(look)
            failed.forEach(look)
        }
        return found.sorted { $0.facts.startedAt < $1.facts.startedAt }
    }

    /// Copies of the records of the last requests, by their ends; oldest first.
    package func records(last count: Int) -> [DecisionRecord] {
        var all: [DecisionRecord] = []
        for bytes in [ordinary.newest(count), failed.newest(count)].joined() { all.append(DecisionRecord(bytes)) }
        return all.sorted { $0.facts.endedAt < $1.facts.endedAt }.suffix(max(count, 0))
    }

    /// When the oldest request that is remembered began, in the worker's nanoseconds.
    package var oldest: Int64? {
        [ordinary.oldestRecord, failed.oldestRecord].compactMap { $0.map { DecisionRecord($0).facts.startedAt } }.min()
    }
}

extension ByteRing {
    /// Copies of the newest records, oldest of them first.
    fileprivate func newest(_ wanted: Int) -> [[UInt8]] {
        var left = count - max(wanted, 0)
        var found: [[UInt8]] = []
        forEach { bytes in
            left -= 1
            if left < 0 { found.append([UInt8](bytes)) }
        }
        return found
    }

    fileprivate var oldestRecord: [UInt8]? {
        var first: [UInt8]?
        forEach { if first == nil { first = [UInt8]($0) } }
        return first
    }
}
