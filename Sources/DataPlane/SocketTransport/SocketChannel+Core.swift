internal import CEpoll
package import NIOCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// What a pipeline's head asks of the socket; on the loop.
extension SocketChannel: ChannelCore {
    package func localAddress0() throws -> SocketAddress {
        guard let localAddress else { throw ChannelError.unknownLocalAddress }
        return localAddress
    }

    package func remoteAddress0() throws -> SocketAddress {
        guard let remoteAddress else { throw ChannelError.operationUnsupported }
        return remoteAddress
    }

    // Sockets are opened by `SocketListener` and `SocketConnector`, not through a pipeline.
    package func register0(promise: EventLoopPromise<Void>?) { promise?.fail(ChannelError.operationUnsupported) }

    package func registerAlreadyConfigured0(promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func bind0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func connect0(to: SocketAddress, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func write0(_ data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard state != .closed else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        guard !isOutputClosed, !closesOutput else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        guard let bytes = tryUnwrapData(data, as: ByteBuffer.self) else {
            promise?.fail(ChannelError.operationUnsupported)
            return
        }
        append(bytes, promise: promise)
    }

    package func flush0() {
        writes.markFlushed()
        guard state == .active, interest & UInt32(CEPOLL_OUT) == 0 else { return }
        writeNow()
    }

    package func read0() {
        guard state != .closed, !isInputClosed else { return }
        wantsRead = true
        settleReads()
    }

    package func triggerUserOutboundEvent0(_ event: Any, promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.operationUnsupported)
    }

    package func channelRead0(_ data: NIOAny) {}

    package func errorCaught0(error: any Error) {}

    package func close0(error: any Error, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard state != .closed else {
            promise?.fail(ChannelError.alreadyClosed)
            return
        }
        switch mode {
        case .all: closeAll(error, promise)
        case .input: closeInput(error, promise)
        case .output: closeOutput(error, promise)
        }
    }

    private func closeInput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !isInputClosed else {
            promise?.fail(ChannelError.inputClosed)
            return
        }
        guard !isOutputClosed else { return closeAll(error, promise) }
        isInputClosed = true
        wantsRead = false
        watch(interest & ~UInt32(CEPOLL_IN | CEPOLL_PEER_DONE))
        promise?.succeed(())
        pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    private func closeOutput(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        guard !isOutputClosed, !closesOutput else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        guard !isInputClosed else { return closeAll(error, promise) }
        outputClosing = promise
        closesOutput = true
        if writes.isEmpty { shutOutput() }
    }

    private func closeAll(_ error: any Error, _ promise: EventLoopPromise<Void>?) {
        let wasActive = state == .active
        state = .closed
        activity.store(false, ordering: .relaxed)
        connectTimeout?.cancel()
        connectTimeout = nil
        if isRegistered { loop.remove(self, descriptor) }
        Glibc.close(descriptor)
        // From here on others hear of it, who find it closed.
        for unsent in writes.removeAll() { unsent.fail(error) }
        outputClosing?.fail(error)
        outputClosing = nil
        let tell = connected
        connected = nil
        tell?(.failure(error))
        promise?.succeed(())
        if wasActive { pipeline.syncOperations.fireChannelInactive() }
        if isRegistered { pipeline.syncOperations.fireChannelUnregistered() }
        // Whoever closed it may be in the middle of a handler.
        loop.afterTurn { [self] in
            reader = nil
            removeHandlers(pipeline: pipeline)
            closePromise.succeed(())
        }
    }
}

/// A channel's options, set and read at once.
struct SocketChannelOptions: NIOSynchronousChannelOptions {
    let channel: SocketChannel

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) throws {
        try channel.set(option, value)
    }

    func getOption<Option: ChannelOption>(_ option: Option) throws -> Option.Value { try channel.get(option) }
}
