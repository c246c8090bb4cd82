internal import CEpoll
package import NIOCore
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#endif

/// Who takes the bytes of a socket without a pipeline between.
package protocol SocketReader: AnyObject {
    /// Bytes came.
    func received(_ bytes: ByteBuffer)

    /// Whether more may come now; one who answers false calls `read()` of his context when they may.
    func mayReceive() -> Bool
}

/// A TCP or Unix stream connection on a `SocketLoop`, with SwiftNIO's pipeline and its rules for closing.
///
/// Everything but `isActive` and `isWritable` is confined to the loop; SwiftNIO's own functions of a channel hop there.
package final class SocketChannel: LoopMember, Channel, @unchecked Sendable {
    enum State: Equatable {
        /// Its handlers are being put in place.
        case opening
        case connecting
        case active
        case closed
    }

    // What every event touches stands together.
    let loop: SocketLoop
    let descriptor: CInt
    var interest: UInt32 = 0
    var state = State.opening
    var wantsRead = false
    var isInputClosed = false
    var isOutputClosed = false
    var closesOutput = false
    var isWriting = false
    var isFailing = false
    let writability = Atomic(true)
    // The pipeline keeps the handler, which takes this back when it leaves: counting would cost a cold line a read.
    unowned(unsafe) var reader: (any SocketReader)?
    var readSize = ReadSize()
    var writes = PendingWrites()

    var isRegistered = false
    var hasSeenEnd = false
    var readsByItself = true
    var keepsHalfOpen = false
    let activity = Atomic(false)
    var waterMark = ChannelOptions.Types.WriteBufferWaterMark(low: 32 * 1024, high: 64 * 1024)
    var outputClosing: EventLoopPromise<Void>?
    // What the connector waits for, and when it stops waiting.
    var connected: ((Result<SocketChannel, any Error>) -> Void)?
    var connectTimeout: Scheduled<Void>?
    let closePromise: EventLoopPromise<Void>
    private var madePipeline: ChannelPipeline?
    package private(set) var localAddress: SocketAddress?
    package private(set) var remoteAddress: SocketAddress?

    /// A channel for `descriptor`, which it owns from now on.
    init(loop: SocketLoop, descriptor: CInt, remoteAddress: SocketAddress?) {
        self.loop = loop
        self.descriptor = descriptor
        self.remoteAddress = remoteAddress
        closePromise = loop.makePromise(of: Void.self)
        super.init()
        localAddress = SocketAddress(local: descriptor)
        madePipeline = ChannelPipeline(channel: self)
    }

    // MARK: Channel

    package var eventLoop: any EventLoop { loop }
    package var allocator: ByteBufferAllocator { ByteBufferAllocator() }
    package var parent: (any Channel)? { nil }
    package var closeFuture: EventLoopFuture<Void> { closePromise.futureResult }
    package var isActive: Bool { activity.load(ordering: .relaxed) }
    package var isWritable: Bool { writability.load(ordering: .relaxed) }
    package var _channelCore: any ChannelCore { self }
    package var syncOptions: (any NIOSynchronousChannelOptions)? { SocketChannelOptions(channel: self) }

    package var pipeline: ChannelPipeline {
        if let madePipeline { return madePipeline }
        let made = ChannelPipeline(channel: self)
        madePipeline = made
        return made
    }

    package func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        loop.submit { try self.set(option, value) }
    }

    package func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        loop.submit { try self.get(option) }
    }

    func set<Option: ChannelOption>(_ option: Option, _ value: Option.Value) throws {
        guard state != .closed else { throw ChannelError.ioOnClosedChannel }
        switch (option, value) {
        case (_ as ChannelOptions.Types.AllowRemoteHalfClosureOption, let value as Bool): keepsHalfOpen = value
        case (_ as ChannelOptions.Types.AutoReadOption, let value as Bool):
            readsByItself = value
            if value, state == .active { pipeline.syncOperations.read() }
        case (
            _ as ChannelOptions.Types.WriteBufferWaterMarkOption, let value as ChannelOptions.Types.WriteBufferWaterMark
        ):
            waterMark = value
        default: throw ChannelError.operationUnsupported
        }
    }

    func get<Option: ChannelOption>(_ option: Option) throws -> Option.Value {
        let value: Any? =
            switch option {
            case _ as ChannelOptions.Types.AllowRemoteHalfClosureOption: keepsHalfOpen
            case _ as ChannelOptions.Types.AutoReadOption: readsByItself
            case _ as ChannelOptions.Types.WriteBufferWaterMarkOption: waterMark
            default: nil
            }
        guard let value = value as? Option.Value else { throw ChannelError.operationUnsupported }
        return value
    }

    /// Reads an option of the socket, by the kernel's numbers; nil if it has none.
    package func socketOption<Value>(level: CInt, name: CInt, as type: Value.Type) -> Value? {
        state == .closed ? nil : SocketCall.option(descriptor, level: level, name: name, as: type)
    }

    /// Has bytes go to `reader` instead of through the pipeline: for a handler that has it for itself.
    package func deliver(to reader: (any SocketReader)?) { self.reader = reader }

    // MARK: Opening

    /// Begins to serve a connection that is up.
    func open() {
        guard state == .opening else { return }
        // What nearly every connection wants from the start, so that it costs one call.
        interest = UInt32(CEPOLL_IN | CEPOLL_PEER_DONE)
        do throws(IOError) {
            try register()
        } catch {
            return close0(error: error, mode: .all, promise: nil)
        }
        becomeActive()
    }

    /// Connects; `connected` hears of it in a later turn, once, and before the pipeline does.
    func connect(
        to address: SocketAddress,
        timeout: TimeAmount,
        _ connected: @escaping (Result<SocketChannel, any Error>) -> Void
    ) {
        guard state == .opening else {
            return loop.afterTurn { connected(.failure(ChannelError.ioOnClosedChannel)) }
        }
        remoteAddress = address
        self.connected = connected
        state = .connecting
        let result = address.withSockAddr { Glibc.connect(descriptor, $0, socklen_t($1)) }
        let failure = result == 0 ? 0 : errno
        do throws(IOError) {
            guard failure == 0 || failure == EINPROGRESS else { throw IOError(errnoCode: failure, reason: "connect") }
            interest = UInt32(CEPOLL_OUT)
            try register()
        } catch {
            return loop.afterTurn { [self] in close0(error: error, mode: .all, promise: nil) }
        }
        connectTimeout = loop.assumeIsolated().scheduleTask(in: timeout) { [weak self] in
            self?.close0(error: ChannelError.connectTimeout(timeout), mode: .all, promise: nil)
        }
    }

    private func register() throws(IOError) {
        try loop.add(self, descriptor, interest: interest)
        isRegistered = true
        pipeline.syncOperations.fireChannelRegistered()
    }

    private func finishConnect() {
        let error = SocketCall.option(descriptor, level: SOL_SOCKET, name: SO_ERROR, as: CInt.self) ?? ENOTCONN
        guard error == 0 else {
            return close0(error: IOError(errnoCode: error, reason: "connect"), mode: .all, promise: nil)
        }
        becomeConnected()
    }

    private func becomeConnected() {
        connectTimeout?.cancel()
        connectTimeout = nil
        localAddress = SocketAddress(local: descriptor)
        state = .opening
        let tell = connected
        connected = nil
        activity.store(true, ordering: .relaxed)
        tell?(.success(self))
        guard state == .opening else { return }
        becomeActive()
    }

    private func becomeActive() {
        // A handler may have closed it when it heard of the registration.
        guard state == .opening else { return }
        state = .active
        activity.store(true, ordering: .relaxed)
        watch(UInt32(CEPOLL_IN | CEPOLL_PEER_DONE))
        pipeline.syncOperations.fireChannelActive()
        if readsByItself, state == .active { pipeline.syncOperations.read() }
        settleReads()
        if writes.hasFlushed, state == .active { writeNow() }
    }

    func watch(_ wanted: UInt32) {
        guard wanted != interest, isRegistered else { return }
        interest = wanted
        loop.change(self, descriptor, interest: wanted)
    }

    // MARK: Events

    package override func ready(_ events: UInt32) {
        if state == .connecting { return finishConnect() }
        if events & UInt32(CEPOLL_ERROR | CEPOLL_HANG_UP) != 0 { return broken() }
        if events & UInt32(CEPOLL_OUT) != 0, state == .active { writeNow() }
        if events & UInt32(CEPOLL_PEER_DONE) != 0, state == .active {
            readToEnd()
        } else if events & UInt32(CEPOLL_IN) != 0, state == .active, wantsRead {
            readNow()
        }
    }

    package override func loopEnds() { close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil) }
}
