internal import NIOCore
internal import ProxySnapshot
internal import ProxyUpstream

/// Waits for the first bytes of a connection, tells what they are, and gives the connection to its filter chain.
final class InspectionHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let arrival: Arrival
    private var bytes: ByteBuffer?
    private var timer: TimerEntry?
    private var context: ChannelHandlerContext?

    init(_ arrival: Arrival) { self.arrival = arrival }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard let limit = arrival.scope.listener.listenerFiltersTimeout?.wholeMilliseconds, limit > 0 else { return }
        let worker = arrival.set.worker
        let timer = TimerEntry(wheel: worker.timers) { [unowned self] in timedOut() }
        timer.set(worker.clock.milliseconds &+ limit)
        self.timer = timer
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var new = unwrapInboundIn(data)
        let seen = bytes?.readableBytes ?? 0
        // The only reference while it is written to: a second one would copy everything for every piece.
        var all = bytes.take() ?? ByteBuffer()
        all.writeBuffer(&new)
        let verdict = all.withUnsafeReadableBytes {
            Inspection.look($0, seen: seen, forTLS: arrival.looksForTLS, forHTTP: arrival.looksForHTTP)
        }
        bytes = all
        switch verdict {
        case .needMoreData: break
        case .done(let inspection): proceed(context, with: inspection)
        case .refused: context.close(promise: nil)
        }
    }

    private func timedOut() {
        guard let context else { return }
        // Envoy closes such a connection unless the listener says to go on with what is known.
        if arrival.scope.listener.continuesOnListenerFiltersTimeout {
            proceed(context, with: Inspection())
        } else {
            context.close(promise: nil)
        }
    }

    private func proceed(_ context: ChannelHandlerContext, with inspection: Inspection) {
        timer?.cancel()
        timer = nil
        let channel = context.channel
        let bytes = bytes
        self.bytes = nil
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
        do {
            try arrival.proceed(on: channel, with: inspection, bytes: bytes)
        } catch {
            channel.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
