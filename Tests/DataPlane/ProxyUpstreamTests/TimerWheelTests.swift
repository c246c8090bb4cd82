import Testing

@testable import ProxyUpstream

@Suite struct TimerWheelTests {
    @Test(arguments: [(150, 100, 0), (150, 200, 1), (100, 100, 1), (60_000, 51_200, 0), (60_000, 60_000, 1)])
    func firesWhenTheDeadlineHasPassedAndNeverEarlier(deadline: Int, now: Int, fired: Int) {
        let wheel = TimerWheel(now: 0)
        var count = 0
        let entry = TimerEntry(wheel: wheel) { count += 1 }
        entry.set(Int64(deadline))
        var time: Int64 = 0
        while time < Int64(now) {
            time += 100
            wheel.advance(to: time)
        }
        #expect(count == fired)
        entry.cancel()
    }

    @Test func laterDeadlinesCostNoMoveAndStillHold() {
        let wheel = TimerWheel(now: 0)
        var count = 0
        let entry = TimerEntry(wheel: wheel) { count += 1 }
        entry.set(200)
        entry.set(1000)
        for step in 1...9 { wheel.advance(to: Int64(step) * 100) }
        #expect(count == 0)
        wheel.advance(to: 1000)
        #expect(count == 1)
        entry.cancel()
    }

    @Test func earlierDeadlinesMoveTheEntry() {
        let wheel = TimerWheel(now: 0)
        var count = 0
        let entry = TimerEntry(wheel: wheel) { count += 1 }
        entry.set(40_000)
        entry.set(300)
        wheel.advance(to: 300)
        #expect(count == 1)
        entry.cancel()
    }

    @Test func afterALongStopEverythingDueFiresOnce() {
        let wheel = TimerWheel(now: 0)
        var fired: [Int64] = []
        let entries = [100, 5000, 90_000, 200_000].map { (deadline: Int64) in
            let entry = TimerEntry(wheel: wheel) { fired.append(deadline) }
            entry.set(deadline)
            return entry
        }
        wheel.advance(to: 100_000)
        #expect(fired.sorted() == [100, 5000, 90_000])
        wheel.advance(to: 200_000)
        #expect(fired.count == 4)
        for entry in entries { entry.cancel() }
    }

    @Test func aCancelledEntryNeverFires() {
        let wheel = TimerWheel(now: 0)
        var count = 0
        let entry = TimerEntry(wheel: wheel) { count += 1 }
        entry.set(100)
        entry.cancel()
        wheel.advance(to: 1000)
        #expect(count == 0)
    }
}
