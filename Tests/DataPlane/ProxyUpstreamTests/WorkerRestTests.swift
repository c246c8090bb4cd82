import NIOCore
import NIOEmbedded
import Testing

@testable import ProxyUpstream

/// A worker on an event loop and a clock that move together.
private struct RestingWorker {
    let loop = EmbeddedEventLoop()
    let clock = ManualClock()
    let worker: Worker

    init() { worker = Worker(index: 0, eventLoop: loop, clock: .manual(clock)) }

    func advance(milliseconds: Int64) {
        for _ in 0..<(milliseconds / 100) {
            clock.advance(milliseconds: 100)
            loop.advanceTime(by: .milliseconds(100))
        }
    }
}

@Suite struct WorkerRestTests {
    @Test func theClockRestsWhileNothingIsPending() {
        let test = RestingWorker()
        var ticks = 0
        test.worker.onTick {
            ticks += 1
            return ticks < 5
        }
        test.worker.start()
        test.advance(milliseconds: 10_000)
        #expect(test.worker.isAsleep)
        #expect(ticks == 5)
        test.worker.stop()
    }

    @Test func whoAsksForTheTimeGetsThePresentAndStartsTheClock() {
        let test = RestingWorker()
        test.worker.start()
        test.advance(milliseconds: 3_600_000)
        #expect(test.worker.isAsleep)
        #expect(test.worker.now == test.clock.nanoseconds / 1_000_000)
        #expect(!test.worker.isAsleep)
        test.worker.stop()
    }

    @Test func aTimerSetAfterALongRestFiresInTime() {
        let test = RestingWorker()
        test.worker.start()
        test.advance(milliseconds: 120_000)
        #expect(test.worker.isAsleep)
        var fired = 0
        let entry = TimerEntry(wheel: test.worker.timers) { fired += 1 }
        entry.set(test.worker.now + 1000)
        test.advance(milliseconds: 900)
        #expect(fired == 0)
        test.advance(milliseconds: 200)
        #expect(fired == 1)
        test.advance(milliseconds: 200)
        #expect(test.worker.isAsleep)
        entry.cancel()
        test.worker.stop()
    }

    @Test func theClockTicksWhileATimerIsSet() {
        let test = RestingWorker()
        test.worker.start()
        let entry = TimerEntry(wheel: test.worker.timers) {}
        entry.set(test.worker.now + 60_000)
        test.advance(milliseconds: 30_000)
        #expect(!test.worker.isAsleep)
        entry.cancel()
        test.advance(milliseconds: 200)
        #expect(test.worker.isAsleep)
        test.worker.stop()
    }
}
