/// The deadlines of one worker in 100 ms steps: constant cost to set, none to forget.
///
/// A request that ends in time only overwrites a number; entries are looked at again when their slot comes up.
/// NIO's own timers would cost a heap insertion, and often a `timerfd_settime`, per request. Fires up to one step late,
/// never early. Confined to its worker's event loop.
package final class TimerWheel {
    /// The length of a step in milliseconds.
    package static let stepMilliseconds: Int64 = 100
    // 51.2 s: longer deadlines pass their slot a few times, which costs less than a second wheel.
    static let slotCount = 512

    private let slots: [TimerEntry]
    private var currentStep: Int64
    fileprivate var linkedCount = 0
    /// Called when an entry comes into an empty wheel, whose owner may have let the time stand still.
    var becameBusy: (() -> Void)?

    /// A wheel whose time starts at `now`, in milliseconds of the worker's clock.
    package init(now: Int64) {
        slots = (0..<Self.slotCount).map { _ in TimerEntry(sentinel: ()) }
        currentStep = now / Self.stepMilliseconds
    }

    deinit {
        for slot in slots { slot.disband() }
    }

    /// True when there is nothing to wait for.
    package var isEmpty: Bool { linkedCount == 0 }

    /// Moves an empty wheel on.
    func skip(to now: Int64) {
        if isEmpty { currentStep = max(currentStep, now / Self.stepMilliseconds) }
    }

    /// Fires every entry whose deadline is at or before `now` (milliseconds).
    package func advance(to now: Int64) {
        let target = now / Self.stepMilliseconds
        guard target > currentStep else { return }
        // After a long stop one turn of the wheel visits every slot; the steps between hold nothing else.
        var step = max(currentStep &+ 1, target &- Int64(Self.slotCount) &+ 1)
        while step <= target {
            currentStep = step
            fireSlot(step, now: now)
            step &+= 1
        }
    }

    private func fireSlot(_ step: Int64, now: Int64) {
        let slot = slots[Int(step & Int64(Self.slotCount &- 1))]
        // Entries that are not due go to another slot: the longest reach is one slot short of a turn.
        while let entry = slot.firstLinked {
            entry.unlink()
            if entry.deadline <= now {
                entry.deadline = .max
                entry.fire()
            } else if entry.deadline != .max {
                link(entry)
            }
        }
    }

    fileprivate func link(_ entry: TimerEntry) {
        if linkedCount == 0 { becameBusy?() }
        linkedCount &+= 1
        let step = Self.stepMilliseconds
        let wanted = entry.deadline > .max &- step ? entry.deadline / step : (entry.deadline &+ step &- 1) / step
        let reachable = currentStep &+ Int64(Self.slotCount &- 1)
        let armed = min(max(wanted, currentStep &+ 1), reachable)
        entry.armedStep = armed
        entry.insert(after: slots[Int(armed & Int64(Self.slotCount &- 1))])
    }
}

/// One object's next deadline on a `TimerWheel`; made once per connection, moved per request.
package final class TimerEntry {
    /// When to fire, in milliseconds of the worker's clock; `.max` is never.
    package fileprivate(set) var deadline: Int64 = .max
    fileprivate var armedStep: Int64 = .max
    // The list does not own its entries: an entry leaves the list before its owner lets it go.
    private unowned(unsafe) var previous: TimerEntry?
    private unowned(unsafe) var next: TimerEntry?
    private let wheel: TimerWheel?
    private var action: (() -> Void)?

    /// An entry that calls `action` on the worker's loop when its deadline passes.
    package init(wheel: TimerWheel, action: @escaping () -> Void) {
        self.wheel = wheel
        self.action = action
    }

    fileprivate init(sentinel: Void) {
        wheel = nil
        action = nil
    }

    deinit { unlink() }

    /// Moves the deadline; `.max` turns it off.
    @inline(__always)
    package func set(_ newDeadline: Int64) {
        deadline = newDeadline
        // An entry armed too early finds out when it fires; only one armed too late, or not at all, must move.
        if newDeadline == .max { return }
        if previous != nil, armedStep &* TimerWheel.stepMilliseconds <= newDeadline { return }
        move()
    }

    private func move() {
        unlink()
        wheel?.link(self)
    }

    /// Turns the entry off for good and lets go of its action.
    package func cancel() {
        deadline = .max
        unlink()
        action = nil
    }

    fileprivate func fire() { action?() }

    fileprivate var firstLinked: TimerEntry? { next }

    fileprivate func insert(after head: TimerEntry) {
        previous = head
        next = head.next
        head.next?.previous = self
        head.next = self
    }

    fileprivate func unlink() {
        if previous != nil { wheel?.linkedCount &-= 1 }
        previous?.next = next
        next?.previous = previous
        previous = nil
        next = nil
        armedStep = .max
    }

    fileprivate func disband() {
        while let entry = next { entry.unlink() }
    }
}
