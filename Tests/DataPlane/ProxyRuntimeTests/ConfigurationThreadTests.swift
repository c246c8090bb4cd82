#if os(Linux)
import Glibc
import Testing

@testable import ProxyRuntime

@Suite struct ConfigurationThreadTests {
    /// The thread and its niceness.
    private struct Place: Hashable {
        let thread = pthread_self()
        // Linux answers for the thread that asks.
        let niceness = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
    }

    private actor Reader {
        func place() -> Place { Place() }
    }

    @Test func allThatReadsConfigurationIsOnOneThreadThatIsNicerThanOthers() async {
        let before = Place().niceness
        let thread = ConfigurationThread()
        let places = await thread.run {
            let reader = Reader()
            return await withTaskGroup(of: Place.self) { group in
                for _ in 0..<8 {
                    group.addTask { await reader.place() }
                    group.addTask {
                        await Task.yield()
                        return Place()
                    }
                }
                return await group.reduce(into: Set([Place()])) { $0.insert($1) }
            }
        }
        await thread.stop()
        #expect(places.map(\.niceness) == [max(before, ConfigurationThread.niceness)])
        #expect(Place().niceness == before)
    }
}
#endif
