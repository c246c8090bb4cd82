internal import CEpoll
package import NIOCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

extension SocketChannel {
    /// Sends bytes at once, as far as the socket takes them, and the rest as soon as it does.
    ///
    /// For a handler that has the pipeline for itself; in order with what goes through the pipeline.
    package func send(_ bytes: ByteBuffer) {
        guard state != .closed, !isOutputClosed, !closesOutput, !isFailing else { return }
        guard state == .active, writes.isEmpty, !isWriting else {
            append(bytes, promise: nil)
            return flush0()
        }
        var sent = 0
        var failure: CInt = 0
        bytes.withUnsafeReadableBytes {
            sent = cepoll_send(descriptor, $0.baseAddress, $0.count)
            if sent < 0 { failure = errno }
        }
        if sent == bytes.readableBytes { return }
        guard failure == 0 || failure == EAGAIN || failure == EINTR else { return writeFailed(failure) }
        var rest = bytes
        rest.moveReaderIndex(forwardBy: max(0, sent))
        append(rest, promise: nil)
        writes.markFlushed()
        if state == .active { watch(interest | UInt32(CEPOLL_OUT)) }
    }

    func append(_ bytes: ByteBuffer, promise: EventLoopPromise<Void>?) {
        writes.append(bytes, promise)
        guard writes.bytes > waterMark.high, isWritable else { return }
        writability.store(false, ordering: .relaxed)
        pipeline.syncOperations.fireChannelWritabilityChanged()
    }

    func writeNow() {
        guard !isWriting, !isFailing, state == .active else { return }
        isWriting = true
        var done: [EventLoopPromise<Void>] = []
        let outcome = writes.write(to: descriptor, done: &done)
        isWriting = false
        for promise in done { promise.succeed(()) }
        guard state == .active else { return }
        if !isWritable, writes.bytes < waterMark.low {
            writability.store(true, ordering: .relaxed)
            pipeline.syncOperations.fireChannelWritabilityChanged()
            guard state == .active else { return }
        }
        switch outcome {
        case .failed(let code): writeFailed(code)
        case .full: watch(interest | UInt32(CEPOLL_OUT))
        case .empty:
            // A promise may have asked for more.
            guard !writes.hasFlushed else { return writeNow() }
            watch(interest & ~UInt32(CEPOLL_OUT))
            if closesOutput, writes.isEmpty { shutOutput() }
        }
    }

    private func writeFailed(_ code: CInt) {
        isFailing = true
        watch(interest & ~UInt32(CEPOLL_OUT))
        // Not at once: who sends is in the middle of something, and is to hear of this as of any event.
        loop.afterTurn { [self] in
            // What the peer sent before it went may say why it did.
            while state == .active, !isInputClosed, readOnce() == .some {}
            close0(error: IOError(errnoCode: code, reason: "send"), mode: .all, promise: nil)
        }
    }

    func shutOutput() {
        closesOutput = false
        isOutputClosed = true
        shutdown(descriptor, CInt(SHUT_WR))
        watch(interest & ~UInt32(CEPOLL_OUT))
        let promise = outputClosing
        outputClosing = nil
        promise?.succeed(())
        pipeline.fireUserInboundEventTriggered(ChannelEvent.outputClosed)
    }
}
