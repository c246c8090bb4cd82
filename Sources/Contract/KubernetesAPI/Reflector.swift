/// Keeps its consumer in step with all objects of one type: lists, then watches, for ever.
///
/// It goes on from the last resourceVersion it saw when a watch ends, lists again when the server no longer remembers
/// that version, and waits between 50 ms and 10 s, doubling, after an error. No event between a list and the next is
/// lost: what a list shows stands in for the events before it.
package struct Reflector: Sendable {
    /// What a consumer is told, in order.
    package enum Event: Sendable, Hashable {
        /// All objects there are. What was known and is not among them is gone.
        case synced([KubernetesObject])
        /// Added or changed.
        case applied(KubernetesObject)
        case deleted(KubernetesObject)
    }

    private let api: any KubernetesAPI
    private let type: ResourceType
    private let options: ListOptions
    private let clock: any Clock<Duration>
    private let jitter: @Sendable () -> Double
    private let failed: @Sendable (StatusError) -> Void

    /// - Parameters:
    ///   - options: namespace and selectors; the rest is the reflector's own.
    ///   - jitter: between 0 and 1 for every wait.
    ///   - failed: told of every error that is waited out, for a log.
    package init(
        api: any KubernetesAPI,
        type: ResourceType,
        options: ListOptions = ListOptions(),
        clock: any Clock<Duration> = ContinuousClock(),
        jitter: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
        failed: @escaping @Sendable (StatusError) -> Void = { _ in }
    ) {
        self.api = api
        self.type = type
        self.options = options
        self.clock = clock
        self.jitter = jitter
        self.failed = failed
    }

    /// Starts; stops when the consumer does. Events are kept, without bound, until the consumer takes them.
    package func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self)
        let task = Task {
            await run(clock: clock, into: continuation)
            continuation.finish()
        }
        continuation.onTermination = { _ in task.cancel() }
        return stream
    }

    /// The wait after so many errors in a row (from 1): 50 ms doubled up to 10 s, of which `jitter` (0...1) takes up to
    /// a half away.
    package static func delay(failures: Int, jitter: Double) -> Duration {
        let whole = min(Duration.seconds(10), .milliseconds(50) * (1 << min(max(failures, 1) - 1, 10)))
        return max(.milliseconds(50), whole * (1 - 0.5 * min(max(jitter, 0), 1)))
    }

    /// What a relist means to a consumer that wants changes: those that are new or have another resourceVersion, in
    /// the list's order, after those that are gone, in the order of their names.
    package static func changes(
        from known: [ObjectName: KubernetesObject],
        to objects: [KubernetesObject]
    ) -> [Event] {
        let names = Set(objects.map(\.objectName))
        let gone = known.filter { !names.contains($0.key) }
            .sorted { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }
        return gone.map { .deleted($0.value) }
            + objects.filter { object in
                guard let before = known[object.objectName] else { return true }
                return before.resourceVersion != object.resourceVersion || before.uid != object.uid
            }.map { .applied($0) }
    }

    private func run(clock: some Clock<Duration>, into continuation: AsyncStream<Event>.Continuation) async {
        var version: String?
        var failures = 0
        while !Task.isCancelled {
            let start = clock.now
            do throws(StatusError) {
                if version == nil {
                    let list = try await listAll()
                    version = list.resourceVersion
                    continuation.yield(.synced(list.items))
                }
                if try await follow(from: &version, into: continuation) { failures = 0 }
                // A watch that ends at once, again and again, is waited out like an error; one that lasted is not.
                if start.duration(to: clock.now) >= .seconds(10) { failures = 0 }
                failures += 1
                if failures == 1 { continue }
            } catch {
                if Task.isCancelled { return }
                failed(error)
                if error.reason == .expired || error.reason == .gone || error.code == 410 { version = nil }
                if start.duration(to: clock.now) >= .seconds(10) { failures = 0 }
                failures += 1
            }
            try? await clock.sleep(for: Self.delay(failures: failures, jitter: jitter()))
        }
    }

    private func listAll() async throws(StatusError) -> ObjectList {
        var options = options
        options.limit = 500
        options.resourceVersion = ""
        options.continuation = ""
        var result = try await api.list(type, options)
        while !result.continuation.isEmpty {
            options.continuation = result.continuation
            let page = try await api.list(type, options)
            // The first page's version stays: later pages may be newer, and what changed in between comes again.
            result.items += page.items
            result.continuation = page.continuation
        }
        return result
    }

    /// Watches until the server ends it; true if anything came.
    private func follow(
        from version: inout String?,
        into continuation: AsyncStream<Event>.Continuation
    ) async throws(StatusError) -> Bool {
        var options = options
        options.limit = 0
        options.continuation = ""
        options.allowsBookmarks = true
        options.resourceVersion = version ?? ""
        var cameAny = false
        let stream = try await api.watch(type, options)
        do {
            for try await event in stream {
                cameAny = true
                switch event {
                case .added(let object), .modified(let object):
                    version = object.resourceVersion
                    continuation.yield(.applied(object))
                case .deleted(let object):
                    version = object.resourceVersion
                    continuation.yield(.deleted(object))
                case .bookmark(let newest): version = newest
                }
            }
        } catch let error as StatusError {
            throw error
        } catch {
            throw StatusError(.serviceUnavailable, "the watch of \(type.groupResource) broke off: \(error)")
        }
        return cameAny
    }
}
