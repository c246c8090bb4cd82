internal import NIOCore
internal import NIOSSL
internal import NIOTLS
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyTLS
internal import ProxyUpstream

/// Stands behind the TLS handler until the handshake is done, decides whether the peer is welcome, and then makes way
/// for the filters of the chain. No byte of the peer is looked at before.
final class DownstreamHandshake: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let arrival: Arrival
    private let chain: FilterChain
    private let settings: TLSSettings
    private var facts: DownstreamFacts
    private var record: ConnectionRecord
    /// What the handshake runs with.
    var tls: TLSContext?
    private var timer: TimerEntry?
    private var context: ChannelHandlerContext?
    private var isDone = false

    /// The longest handshake in milliseconds: half-open ones must not pile up.
    private static let patience: Int64 = 15_000

    init(
        _ arrival: Arrival,
        _ chain: FilterChain,
        _ settings: TLSSettings,
        _ facts: DownstreamFacts,
        _ record: ConnectionRecord
    ) {
        self.arrival = arrival
        self.chain = chain
        self.settings = settings
        self.facts = facts
        self.record = record
    }

    private var worker: Worker { arrival.set.worker }
    private var counters: ListenerTLSCounters { arrival.set.statistics.tls(of: arrival.scope.listener.name) }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let timer = TimerEntry(wheel: worker.timers) { [unowned self] in
            refused("the handshake took longer than \(Self.patience / 1000) s")
            self.context?.close(promise: nil)
        }
        timer.set(worker.clock.milliseconds &+ Self.patience)
        self.timer = timer
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case TLSUserEvent.handshakeCompleted = event else { return context.fireUserInboundEventTriggered(event) }
        established(context)
    }

    private func established(_ context: ChannelHandlerContext) {
        guard !isDone, let tls else { return }
        let peer = worker.shownCertificate(on: context.channel)
        if let refusal = worker.refusal(of: peer, by: settings, context: tls) {
            count(failure: refusal)
            refused(refusal.text)
            return context.close(promise: nil)
        }
        isDone = true
        counters.add(.handshake)
        if peer == nil { counters.add(.noCertificate) }
        if let peer { worker.securedPeers.add(peer, settings, on: context.channel) }
        facts.secure(peer, context: tls)
        record.facts = facts
        let channel = context.channel
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        do {
            try arrival.hand(channel, to: chain, facts, record: record, bytes: nil)
        } catch {
            channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        count(failure: error)
        refused(worker.text(ofHandshake: error, on: context.channel))
        context.close(after: error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        refused("the peer went away during the handshake")
        context.fireChannelInactive()
    }

    private func count(failure error: any Error) {
        guard !isDone, let statistic = TLSStatistic(failure: error) else { return }
        counters.add(statistic)
    }

    /// Logs that there is no connection, and why.
    func refused(_ reason: String) {
        guard !isDone else { return }
        isDone = true
        record.details = ContiguousArray("tls_handshake_failed{\(reason.replacing(" ", with: "_"))}".utf8)
        arrival.logs(of: chain).log(record, worker: worker)
    }
}
