import DiscoveryServer
import Testing

@Suite struct DebouncerTests {
    private func debouncer() -> Debouncer {
        Debouncer(quiet: .milliseconds(100), maximum: .seconds(10))
    }

    @Test func isIdleWithoutChanges() {
        var debouncer = debouncer()
        #expect(debouncer.decide(at: .seconds(5)) == .idle)
    }

    @Test func waitsForQuiet() {
        var debouncer = debouncer()
        debouncer.changed(at: .milliseconds(1000))
        #expect(debouncer.decide(at: .milliseconds(1000)) == .wait(until: .milliseconds(1100)))
        debouncer.changed(at: .milliseconds(1090))
        #expect(debouncer.decide(at: .milliseconds(1100)) == .wait(until: .milliseconds(1190)))
        #expect(debouncer.decide(at: .milliseconds(1190)) == .push(changes: 2, since: .milliseconds(1000)))
        #expect(debouncer.decide(at: .milliseconds(1190)) == .idle)
    }

    @Test func pushesAtTheLatestAfterTheMaximum() {
        var debouncer = debouncer()
        var pushes: [Duration] = []
        for step in 0...400 {
            let now = Duration.milliseconds(50 * step)
            debouncer.changed(at: now)
            if case .push = debouncer.decide(at: now) { pushes.append(now) }
        }
        #expect(pushes == [.seconds(10)], "the next burst began at 10.05 s")
    }

    @Test func countsTheNextBurstAnew() {
        var debouncer = debouncer()
        debouncer.changed(at: .zero)
        #expect(debouncer.decide(at: .seconds(1)) == .push(changes: 1, since: .zero))
        debouncer.changed(at: .seconds(2))
        #expect(debouncer.decide(at: .seconds(3)) == .push(changes: 1, since: .seconds(2)))
    }
}
