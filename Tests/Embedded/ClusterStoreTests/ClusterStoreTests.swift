import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterStore

@Suite struct ClusterStoreTests {
    @Test func aWrittenObjectCarriesItsRevisionAndSurvivesAReopen() async throws {
        try await withStoreFile { path in
            let store = try open(path)
            let made = try await store.write(key("a"), object("a"), expecting: .absent)
            #expect(made.json[path: ["metadata", "resourceVersion"]] == .string("\(made.revision)"))
            try await store.remove(key("a"), expecting: .any)
            let kept = try await store.write(key("b"), object("b"), expecting: .any)
            await store.close()

            let again = try open(path)
            #expect(again.currentRevision == kept.revision)
            #expect(try await again.read(key("a")) == nil)
            let seen1 = try await again.read(key("b"))
            expectNoDifference(seen1, kept)
            let next = try await again.write(key("c"), object("c"), expecting: .absent)
            #expect(next.revision == kept.revision + 1)
            await again.close()
        }
    }

    @Test func expectationsAreChecked() async throws {
        try await withStore { store in
            let first = try await store.write(key("a"), object("a"), expecting: .absent)
            await #expect(throws: StoreError.exists) {
                try await store.write(key("a"), object("a"), expecting: .absent)
            }
            let second = try await store.write(key("a"), object("a", 2), expecting: .revision(first.revision))
            await #expect(throws: StoreError.conflict(current: second.revision)) {
                try await store.write(key("a"), object("a", 3), expecting: .revision(first.revision))
            }
            await #expect(throws: StoreError.conflict(current: second.revision)) {
                try await store.remove(key("a"), expecting: .revision(first.revision))
            }
            await #expect(throws: StoreError.notFound) {
                try await store.write(key("b"), object("b"), expecting: .revision(1))
            }
            await #expect(throws: StoreError.notFound) { try await store.remove(key("b"), expecting: .any) }
        }
    }

    @Test func equalContentIsNoChange() async throws {
        try await withStore { store in
            let first = try await store.write(key("a"), object("a"), expecting: .any)
            let again = try await store.write(key("a"), first.json, expecting: .revision(first.revision))
            expectNoDifference(again, first)
            #expect(store.currentRevision == first.revision)
        }
    }

    @Test func ofManyWritersThatReadTheSameOneWins() async throws {
        try await withStore { store in
            let counters = 4
            for name in 0..<counters { _ = try await store.write(key("c\(name)"), object("c", 0), expecting: .absent) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<32 {
                    group.addTask {
                        let key = key("c\(writer % counters)")
                        while true {
                            let seen = try #require(try await store.read(key))
                            let count = try #require(seen.json[path: ["spec", "count"]]?.integer)
                            do {
                                _ = try await store.write(
                                    key,
                                    object("c", count + 1),
                                    expecting: .revision(seen.revision)
                                )
                                return
                            } catch StoreError.conflict { continue }
                        }
                    }
                }
                try await group.waitForAll()
            }
            for name in 0..<counters {
                #expect(try await store.read(key("c\(name)"))?.json[path: ["spec", "count"]] == 8)
            }
            // Every change had a revision of its own, and nothing else had one.
            #expect(store.currentRevision == Int64(1 + counters + 32))
        }
    }

    @Test func listsAreSortedAndPaged() async throws {
        try await withStore { store in
            for (namespace, name) in [("b", "x"), ("a", "2"), ("c", "0"), ("a", "1"), ("a", "10")] {
                _ = try await store.write(key(name, namespace), object(name), expecting: .absent)
            }
            _ = try await store.write(
                StoreKey(group: "apps", plural: "pods", namespace: "a", name: "0"),
                object("0"),
                expecting: .absent
            )
            let all = try await store.list(group: "", plural: "pods")
            expectNoDifference(
                all.objects.map { "\($0.key.namespace)/\($0.key.name)" },
                ["a/1", "a/10", "a/2", "b/x", "c/0"]
            )
            #expect(all.next == nil)
            let some = try await store.list(group: "", plural: "pods", namespace: "a", limit: 3)
            #expect(some.objects.count == 3)
            #expect(some.next == nil)

            var pages: [[String]] = []
            var remaining: [Int] = []
            var after: StoreKey?
            repeat {
                let page = try await store.list(group: "", plural: "pods", after: after, limit: 2)
                pages.append(page.objects.map(\.key.name))
                remaining.append(page.remaining)
                after = page.next
            } while after != nil
            expectNoDifference(pages, [["1", "10"], ["2", "x"], ["0"]])
            expectNoDifference(remaining, [3, 1, 0])

            // The last key of a page may be gone when the next is read.
            try await store.remove(key("10", "a"), expecting: .any)
            let rest = try await store.list(group: "", plural: "pods", after: key("10", "a"), limit: 1)
            expectNoDifference(rest.objects.map(\.key.name), ["2"])
        }
    }

    /// What a kill leaves behind is the files as they are at that moment: a copy of them must hold every write that was
    /// acknowledged before, whatever is under way.
    @Test func filesCopiedInTheMiddleOfWritesHoldAllThatWasAcknowledged() async throws {
        try await withStoreFile { path in
            let store = try open(path)
            let acknowledged = Acknowledged()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for number in 0..<60 {
                            let name = "w\(writer)-\(number)"
                            let made = try await store.write(key(name), object(name), expecting: .absent)
                            await acknowledged.add(made)
                        }
                    }
                }
                for copy in 0..<5 {
                    await acknowledged.wait(for: 80 * (copy + 1))
                    let known = await acknowledged.objects
                    let other = "\(path)-copy\(copy)"
                    try copyDatabase(path, to: other)
                    let reopened = try open(other)
                    for object in known {
                        #expect(try await reopened.read(object.key) == object)
                    }
                    await reopened.close()
                }
                try await group.waitForAll()
            }
            await store.close()
        }
    }

    @Test func aFullDiskLosesNothingAndIsOverWhenThereIsRoom() async throws {
        try await withStoreFile { path in
            let store = try ClusterStore(path: path, historyLimit: 10, pageLimit: 64, logger: quiet)
            let big = String(repeating: "x", count: 20_000)
            var written: [StoredObject] = []
            var refused: StoreError?
            for number in 0..<50 where refused == nil {
                do throws(StoreError) {
                    var json = object("o\(number)")
                    json["data"] = .string(big)
                    written.append(try await store.write(key("o\(number)"), json, expecting: .absent))
                } catch { refused = error }
            }
            #expect(refused == .full)
            let before = store.currentRevision
            #expect(before == written.last?.revision)
            #expect(try await store.list(group: "", plural: "pods").objects.count == written.count)
            let events = try store.watch(group: "", plural: "pods", after: before)
            try await store.remove(try #require(written.first).key, expecting: .any)
            let late = try await store.write(key("late"), object("late"), expecting: .absent)
            var seen = events.makeAsyncIterator()
            #expect(await seen.next()?.revision == before + 1)
            #expect(await seen.next() == .added(late))
            await store.close()

            let again = try open(path)
            #expect(try await again.list(group: "", plural: "pods").objects.count == written.count)
            await again.close()
        }
    }

    @Test func aSecondOpenIsRefused() async throws {
        try await withStoreFile { path in
            let store = try open(path)
            #expect(throws: StoreError.unavailable("another process has the cluster's store open")) { try open(path) }
            await store.close()
            await #expect(throws: StoreError.unavailable("the cluster's store is closed")) {
                try await store.write(key("a"), object("a"), expecting: .any)
            }
            await store.close()
        }
    }

    @Test func aFileThatIsNoDatabaseIsNamedDamaged() async throws {
        try await withStoreFile { path in
            try writeFile(path, String(repeating: "not a database ", count: 1000))
            let error = #expect(throws: StoreError.self) { try open(path) }
            guard case .damaged = error else {
                Issue.record("\(String(describing: error))")
                return
            }
        }
    }
}

/// Objects whose writes were acknowledged, and who waits for a number of them.
private actor Acknowledged {
    private(set) var objects: [StoredObject] = []
    private var waiting: (count: Int, continuation: CheckedContinuation<Void, Never>)?

    func add(_ object: StoredObject) {
        objects.append(object)
        if let waiting, objects.count >= waiting.count {
            self.waiting = nil
            waiting.continuation.resume()
        }
    }

    func wait(for count: Int) async {
        if objects.count >= count { return }
        await withCheckedContinuation { waiting = (count, $0) }
    }
}
