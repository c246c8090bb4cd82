internal import CEpoll
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

extension SocketChannel {
    /// The connection is down both ways: what came before that is still to be read.
    func broken() {
        if state == .active, !hasSeenEnd { readToEnd() }
        guard state != .closed else { return }
        let error = SocketCall.option(descriptor, level: SOL_SOCKET, name: SO_ERROR, as: CInt.self) ?? 0
        let failure = IOError(errnoCode: error == 0 ? ECONNRESET : error, reason: "connection reset")
        close0(error: failure, mode: .all, promise: nil)
    }

    func readToEnd() {
        hasSeenEnd = true
        watch(interest & ~UInt32(CEPOLL_PEER_DONE))
        // The end is in the queue behind what is left to read.
        while state == .active, !isInputClosed {
            switch readOnce() {
            case .some: continue
            case .none, .ended: return
            }
        }
    }

    enum ReadOutcome: Equatable {
        case some
        case none
        case ended
    }

    // Others have their turn after as many reads.
    private static var mostReads: Int { 4 }

    func readNow() { _ = readOnce() }

    func readOnce() -> ReadOutcome {
        var outcome = ReadOutcome.none
        for _ in 0..<Self.mostReads {
            guard state == .active, !isInputClosed else { return .ended }
            let size = readSize.next
            let count = receive(size)
            if count > 0 {
                outcome = .some
                wantsRead = false
                readSize.record(count)
                deliver()
                if count < size { break }
            } else if count == 0 {
                ended()
                return .ended
            } else if count == -Int(EAGAIN) {
                break
            } else if count != -Int(EINTR) {
                readFailed(CInt(clamping: -count), read: outcome)
                return .ended
            }
        }
        if outcome == .some { turnEnded() }
        return outcome
    }

    /// Reads into the loop's buffer, or into a new one if somebody keeps that; the negative error if there is one.
    private func receive(_ size: Int) -> Int {
        // A buffer much larger than what is read would be kept whole for a few bytes.
        let isFit = loop.received.capacity >= size && loop.received.capacity <= size &* 8
        if !isFit || loop.received.modifyIfUniquelyOwned({ $0.clear() }) == nil {
            loop.received = allocator.buffer(capacity: size)
        }
        var result = 0
        loop.received.writeWithUnsafeMutableBytes(minimumWritableBytes: 0) { target in
            result = recv(descriptor, target.baseAddress, min(size, target.count), 0)
            if result < 0 { result = -Int(errno) }
            return max(0, result)
        }
        return result
    }

    private func deliver() {
        if let reader {
            reader.received(loop.received)
        } else {
            pipeline.syncOperations.fireChannelRead(NIOAny(loop.received))
        }
    }

    /// Asks for the next read, unless somebody holds it back.
    private func turnEnded() {
        guard state == .active else { return }
        if let reader {
            if reader.mayReceive() { wantsRead = true }
        } else {
            pipeline.syncOperations.fireChannelReadComplete()
            if state == .active, readsByItself { pipeline.syncOperations.read() }
        }
        settleReads()
    }

    func settleReads() {
        guard state == .active else { return }
        watch(wantsRead ? interest | UInt32(CEPOLL_IN) : interest & ~UInt32(CEPOLL_IN))
    }

    private func ended() {
        if reader == nil { pipeline.syncOperations.fireChannelReadComplete() }
        guard state == .active else { return }
        guard keepsHalfOpen else { return close0(error: ChannelError.eof, mode: .all, promise: nil) }
        close0(error: ChannelError.eof, mode: .input, promise: nil)
    }

    private func readFailed(_ code: CInt, read: ReadOutcome) {
        let error = IOError(errnoCode: code, reason: "recv")
        if read == .some, reader == nil { pipeline.syncOperations.fireChannelReadComplete() }
        if state == .active { pipeline.syncOperations.fireErrorCaught(error) }
        close0(error: error, mode: .all, promise: nil)
    }
}

/// How much to read at once: twice as much after a read that filled its buffer, half as much after two that did not half.
struct ReadSize {
    private static let smallest = 2048
    private static let largest = 65536

    private(set) var next = ReadSize.smallest
    private var mayShrink = false

    mutating func record(_ count: Int) {
        if count >= next {
            next = min(next &* 2, Self.largest)
            mayShrink = false
        } else if count <= next / 2, next > Self.smallest {
            if mayShrink { next /= 2 }
            mayShrink.toggle()
        } else {
            mayShrink = false
        }
    }
}
