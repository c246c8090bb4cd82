import Dispatch
import NIOCore
import Synchronization
import Testing

@testable import SocketTransport

@Suite(.timeLimit(.minutes(1))) struct SocketLoopTests {
    /// What tasks said, in order.
    private final class Diary: Sendable {
        private let lines = Mutex<[String]>([])
        var text: [String] { lines.withLock { $0 } }
        func note(_ line: String) { lines.withLock { $0.append(line) } }
    }

    @Test func tasksRunOnTheLoopInTheOrderTheyWereAskedFor() async throws {
        let loop = try SocketLoop(name: "test")
        let diary = Diary()
        for number in 0..<100 { loop.execute { diary.note("\(number) \(loop.inEventLoop)") } }
        try await loop.submit {}.get()
        #expect(diary.text == (0..<100).map { "\($0) true" })
        #expect(!loop.inEventLoop)
        try await loop.shutdownGracefully()
    }

    @Test func aTaskThatATaskAsksForRunsAfterThoseThatWait() async throws {
        let loop = try SocketLoop(name: "test")
        let diary = Diary()
        try await loop.submit {
            loop.execute {
                diary.note("first")
                loop.execute { diary.note("third") }
            }
            loop.execute { diary.note("second") }
        }.get()
        while diary.text.count < 3 { try await loop.submit {}.get() }
        #expect(diary.text == ["first", "second", "third"])
        try await loop.shutdownGracefully()
    }

    @Test func submittedErrorsAndValuesComeBack() async throws {
        struct Refusal: Error {}
        let loop = try SocketLoop(name: "test")
        #expect(try await loop.submit { 7 }.get() == 7)
        await #expect(throws: Refusal.self) { try await loop.submit { throw Refusal() }.get() }
        try await loop.shutdownGracefully()
    }

    @Test func timersFireInTheOrderOfTheirDeadlinesAndNeverEarly() async throws {
        let loop = try SocketLoop(name: "test")
        let diary = Diary()
        let start = NIODeadline.now()
        let late = loop.scheduleTask(deadline: start + .milliseconds(30)) {
            diary.note("late \(NIODeadline.now() >= start + .milliseconds(30))")
        }
        let early = loop.scheduleTask(deadline: start + .milliseconds(5)) {
            diary.note("early \(NIODeadline.now() >= start + .milliseconds(5))")
        }
        try await early.futureResult.get()
        try await late.futureResult.get()
        #expect(diary.text == ["early true", "late true"])
        try await loop.shutdownGracefully()
    }

    @Test func aTimerThatWasCalledOffDoesNotFire() async throws {
        let loop = try SocketLoop(name: "test")
        let diary = Diary()
        let off = loop.scheduleTask(in: .milliseconds(5)) { diary.note("called off") }
        off.cancel()
        await #expect(throws: EventLoopError.cancelled) { try await off.futureResult.get() }
        try await loop.scheduleTask(in: .milliseconds(10)) { diary.note("after it") }.futureResult.get()
        #expect(diary.text == ["after it"])
        try await loop.shutdownGracefully()
    }

    @Test func aLoopThatEndedSaysSo() async throws {
        let loop = try SocketLoop(name: "test")
        let pending = loop.scheduleTask(in: .hours(1)) {}
        try await loop.submit {}.get()
        try await loop.shutdownGracefully()
        await #expect(throws: EventLoopError.shutdown) { try await pending.futureResult.get() }
        await #expect(throws: EventLoopError.shutdown) { try await loop.submit {}.get() }
        await #expect(throws: EventLoopError.shutdown) {
            try await loop.scheduleTask(in: .seconds(1)) {}.futureResult.get()
        }
        #expect(!loop.inEventLoop)
        // Once more does no harm.
        try await loop.shutdownGracefully()
    }

    @Test func timersThatAreCalledOffDoNotPileUp() {
        var timers = LoopTimers()
        var fired: [Int] = []
        for number in 0..<10_000 {
            let deadline = NIODeadline.uptimeNanoseconds(UInt64(number))
            let timer = LoopTimers.Timer(deadline: deadline, run: { fired.append(number) }, fail: {})
            timers.add(timer)
            if number % 100 != 0 { timers.callOff(timer) }
        }
        #expect(timers.count < 2500)
        while let run = timers.popDue(.uptimeNanoseconds(20_000)) { run() }
        #expect(fired == (0..<100).map { $0 * 100 })
        #expect(timers.isEmpty)
    }

    @Test func aLoopThatEndedIsLetGoWithWhatItHadOpen() async throws {
        weak var gone: SocketLoop?
        do {
            let loop = try SocketLoop(name: "test")
            gone = loop
            try await loop.submit {
                _ = try SocketListener(SocketAddress(ipAddress: "127.0.0.1", port: 0), on: loop) { _ in }
            }.get()
            try await loop.shutdownGracefully()
        }
        // The thread lets go of it a moment after it has said that it ends.
        while gone != nil {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func timersKeepTheOrderInWhichTheyWereAskedForAtOneDeadline() {
        var timers = LoopTimers()
        var fired: [Int] = []
        let deadline = NIODeadline.uptimeNanoseconds(1_500_000)
        for number in 0..<20 {
            timers.add(LoopTimers.Timer(deadline: deadline, run: { fired.append(number) }, fail: {}))
        }
        // Rounded up: a wait that ends early would look at the clock again and again.
        #expect(timers.milliseconds(from: .uptimeNanoseconds(0)) == 2)
        #expect(timers.popDue(.uptimeNanoseconds(1_499_999)) == nil)
        while let run = timers.popDue(deadline) { run() }
        #expect(fired == Array(0..<20))
        #expect(timers.milliseconds(from: .uptimeNanoseconds(0)) == -1)
    }
}
