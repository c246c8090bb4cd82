internal import CEpoll
internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#endif

/// A descriptor that an epoll set watches for its owner.
///
/// Confined to its loop. The set keeps it alive until its descriptor has left and the events of that turn are through.
package class LoopMember {
    /// What the owner hears of its descriptor: epoll's bits.
    func ready(_ events: UInt32) {}

    /// The loop ends.
    func loopEnds() {}
}

/// An epoll set and the bell by which other threads wake who waits for it (epoll(7), eventfd(2)).
final class Poller {
    private static let capacity = 256

    private let poller: CInt
    private let bell: CInt
    private let events: UnsafeMutableBufferPointer<cepoll_event>
    private var members: [ObjectIdentifier: LoopMember] = [:]
    // Members that left while events that name them may be at hand.
    private var left: [LoopMember] = []

    init() throws(IOError) {
        let poller = try SocketCall.check("epoll_create1") { cepoll_create() }
        do throws(IOError) {
            let bell = try SocketCall.check("eventfd") { cepoll_bell() }
            do throws(IOError) {
                // Without a member: nil tells the bell from the rest.
                _ = try SocketCall.check("epoll_ctl") { cepoll_add(poller, bell, UInt32(CEPOLL_IN), nil) }
            } catch {
                Glibc.close(bell)
                throw error
            }
            self.bell = bell
        } catch {
            Glibc.close(poller)
            throw error
        }
        self.poller = poller
        events = .allocate(capacity: Self.capacity)
    }

    deinit {
        events.deallocate()
        Glibc.close(bell)
        Glibc.close(poller)
    }

    func add(_ member: LoopMember, _ descriptor: CInt, interest: UInt32) throws(IOError) {
        let pointer = Unmanaged.passUnretained(member).toOpaque()
        _ = try SocketCall.check("epoll_ctl") { cepoll_add(poller, descriptor, interest, pointer) }
        members[ObjectIdentifier(member)] = member
    }

    func change(_ member: LoopMember, _ descriptor: CInt, interest: UInt32) {
        // Fails for a descriptor that is not in the set, which is one that nothing more comes of.
        _ = cepoll_change(poller, descriptor, interest, Unmanaged.passUnretained(member).toOpaque())
    }

    /// Call before the descriptor is closed.
    func remove(_ member: LoopMember, _ descriptor: CInt) {
        guard members.removeValue(forKey: ObjectIdentifier(member)) != nil else { return }
        _ = cepoll_remove(poller, descriptor)
        left.append(member)
    }

    /// All that are watched.
    var all: [LoopMember] { Array(members.values) }

    /// Ends a wait, now or the next. Any thread.
    func ring() {
        var one: UInt64 = 1
        _ = Glibc.write(bell, &one, 8)
    }

    /// Tells members what they wait for; true if the bell rang. Waits at most `milliseconds`, -1 is without end.
    func wait(milliseconds: CInt) -> Bool {
        forgetLeft()
        let count = Int(cepoll_wait(poller, events.baseAddress, CInt(events.count), milliseconds))
        // Interrupted by a signal: the next round looks again.
        guard count > 0 else { return false }
        var rang = false
        for index in 0..<min(count, events.count) {
            guard let pointer = events[index].member else {
                var rings: UInt64 = 0
                _ = Glibc.read(bell, &rings, 8)
                rang = true
                continue
            }
            let member = Unmanaged<LoopMember>.fromOpaque(pointer)
            let bits = events[index].events
            member._withUnsafeGuaranteedRef { $0.ready(bits) }
        }
        return rang
    }

    /// Lets go of the members that left: no event that names them is at hand.
    func forgetLeft() {
        if !left.isEmpty { left.removeAll(keepingCapacity: left.count < 64) }
    }
}
