import ClusterStore
import CustomDump
import KubernetesAPI
import Testing

@Suite struct WatchTests {
    @Test func aWatchFromAnOldRevisionGetsPastAndFuture() async throws {
        try await withStore { store in
            let start = store.currentRevision
            let added = try await store.write(key("a"), object("a"), expecting: .absent)
            let changed = try await store.write(key("a"), object("a", 1), expecting: .any)
            var events = try store.watch(group: "", plural: "pods", after: start).makeAsyncIterator()
            _ = try await store.write(
                StoreKey(group: "", plural: "services", namespace: "default", name: "s"),
                object("s"),
                expecting: .any
            )
            let removed = try await store.remove(key("a"), expecting: .any)
            let seen1 = await events.next()
            expectNoDifference(seen1, .added(added))
            let seen2 = await events.next()
            expectNoDifference(seen2, .modified(changed, was: added.json))
            var last = changed
            last.revision = removed
            last.json[path: ["metadata", "resourceVersion"]] = .string("\(removed)")
            let seen3 = await events.next()
            expectNoDifference(seen3, .deleted(last))
        }
    }

    @Test func aNamespaceIsWatchedAlone() async throws {
        try await withStore { store in
            var events = try store.watch(group: "", plural: "pods", namespace: "b", after: store.currentRevision)
                .makeAsyncIterator()
            _ = try await store.write(key("x", "a"), object("x"), expecting: .absent)
            let wanted = try await store.write(key("x", "b"), object("x"), expecting: .absent)
            let seen4 = await events.next()
            expectNoDifference(seen4, .added(wanted))
        }
    }

    @Test func whatIsOlderThanTheHistoryIsCompacted() async throws {
        try await withStoreFile { path in
            let store = try open(path, historyLimit: 4)
            for count in 0..<20 { _ = try await store.write(key("a"), object("a", Int64(count)), expecting: .any) }
            let newest = store.currentRevision
            #expect(throws: StoreError.self) { try store.watch(group: "", plural: "pods", after: 1) }
            var events = try store.watch(group: "", plural: "pods", after: newest - 4).makeAsyncIterator()
            for revision in (newest - 3)...newest { #expect(await events.next()?.revision == revision) }
            #expect(throws: StoreError.self) { try store.watch(group: "", plural: "pods", after: newest + 1) }
            await store.close()

            let again = try open(path)
            #expect(throws: StoreError.compacted(oldest: newest)) {
                try again.watch(group: "", plural: "pods", after: newest - 1)
            }
            var later = try again.watch(group: "", plural: "pods", after: newest).makeAsyncIterator()
            let next = try await again.write(key("b"), object("b"), expecting: .absent)
            let seen5 = await later.next()
            expectNoDifference(seen5, .added(next))
            await again.close()
        }
    }

    @Test func aWatcherThatFallsBehindIsEndedAfterWhatItHas() async throws {
        try await withStore(historyLimit: 3) { store in
            let events = try store.watch(group: "", plural: "pods", after: store.currentRevision)
            for count in 0..<5 { _ = try await store.write(key("a"), object("a", Int64(count)), expecting: .any) }
            while store.toldRevision < store.currentRevision { await Task.yield() }
            var revisions: [Int64] = []
            for await event in events { revisions.append(event.revision) }
            expectNoDifference(revisions, [2, 3, 4])
        }
    }

    @Test func aStoreThatClosesTellsFirstWhatWasWritten() async throws {
        try await withStoreFile { path in
            let store = try open(path)
            let start = store.currentRevision
            let watches = try (0..<100).map { _ in try store.watch(group: "", plural: "pods", after: start) }
            let written = try await store.write(key("a"), object("a"), expecting: .absent)
            await store.close()
            for events in watches {
                var revisions: [Int64] = []
                for await event in events { revisions.append(event.revision) }
                expectNoDifference(revisions, [written.revision])
            }
        }
    }

    @Test func aClosedStoreEndsItsWatches() async throws {
        try await withStoreFile { path in
            let store = try open(path)
            let events = try store.watch(group: "", plural: "pods", after: store.currentRevision)
            await store.close()
            for await event in events { Issue.record("\(event)") }
        }
    }

    @Test func everyWatcherSeesEveryEventOnceAndInOrderHoweverManyWrite() async throws {
        try await withStore(historyLimit: 10_000) { store in
            let start = store.currentRevision
            let writes = 16 * 25
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<16 {
                    group.addTask {
                        for number in 0..<25 {
                            _ = try await store.write(key("w\(writer)"), object("w", Int64(number)), expecting: .any)
                        }
                    }
                }
                for _ in 0..<40 {
                    group.addTask {
                        // Some begin while writes are under way: past and future must join without a gap.
                        let events = try store.watch(group: "", plural: "pods", after: start)
                        var expected = start
                        for await event in events {
                            expected += 1
                            guard event.revision == expected else {
                                Issue.record("revision \(event.revision) came where \(expected) should")
                                return
                            }
                            if expected == start + Int64(writes) { return }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }
}
