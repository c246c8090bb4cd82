internal import NIOCore

/// A connection that gathers what it has to say and can be told to say it.
package protocol TurnMember: AnyObject {
    /// Hands what was gathered to the socket.
    func flushTurn()
}

/// The connections of one worker that have something to say, which they do one right after the other once the loop has
/// read what was ready.
///
/// A send to a peer on this machine wakes it if it sleeps, and that is dear (an interrupt to another CPU, an exit of the
/// virtual machine). A peer that gets its answers one by one, each after the work on a whole request, falls asleep between
/// them; one that gets them in a row is woken once. Confined to its worker's loop.
package final class TurnQueue {
    /// How many may wait. More would wait longer for less, and what they are about to send would leave the cache.
    package static let capacity = 32

    private let eventLoop: any EventLoop
    private var members: [any TurnMember] = []
    // Those being told; apart, since who is told may add itself again.
    private var leaving: [any TurnMember] = []
    private var isFlushing = false
    private var isScheduled = false

    init(eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
        members.reserveCapacity(Self.capacity)
        leaving.reserveCapacity(Self.capacity)
    }

    /// Has `member` flush with the others, at the latest when the loop has gone through what was ready.
    ///
    /// A member adds itself once until it is told to flush; that may be in this call.
    package func add(_ member: any TurnMember) {
        members.append(member)
        if members.count >= Self.capacity, !isFlushing { flush() } else { schedule() }
    }

    private func schedule() {
        guard !isScheduled else { return }
        isScheduled = true
        let this = NIOLoopBound(self, eventLoop: eventLoop)
        // A loop runs tasks when it is through with the events of a turn.
        eventLoop.execute {
            this.value.isScheduled = false
            this.value.flush()
        }
    }

    private func flush() {
        swap(&members, &leaving)
        isFlushing = true
        for member in leaving { member.flushTurn() }
        isFlushing = false
        leaving.removeAll(keepingCapacity: true)
        if !members.isEmpty { schedule() }
    }
}
