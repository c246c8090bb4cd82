import ClusterSchema
import ClusterStore
import KubernetesAPI

/// One thing a watch tells.
enum WatchSignal: Sendable {
    case event(WatchEvent)
    /// All objects that were there at the beginning have been told (`sendInitialEvents`).
    case initialEventsEnd(resourceVersion: String)
}

extension ClusterAPIServer {
    /// Changes that a query selects, after its resourceVersion; "" and "0" begin with all present objects.
    ///
    /// The stream ends with its consumer, at the query's timeout, or when the consumer falls behind: the client then
    /// watches again.
    func watch(_ target: Target, _ query: ListQuery) async throws(StatusError) -> AsyncStream<WatchSignal> {
        guard target.definition.verbs.contains("watch") else { throw .methodNotAllowed(target, "watch") }
        let namespace = target.namespace.isEmpty ? nil : target.namespace
        let selection = Selection(query.options, name: target.name)
        var initial: [WatchSignal] = []
        let start: Int64
        let text = query.options.resourceVersion
        if query.sendsInitialEvents || text.isEmpty || text == "0" {
            var everything = query
            everything.options.resourceVersion = ""
            everything.options.limit = 0
            everything.options.continuation = ""
            let page = try await list(target, everything)
            initial = page.objects.map { .event(.added(target.show($0))) }
            if query.sendsInitialEvents { initial.append(.initialEventsEnd(resourceVersion: String(page.revision))) }
            start = page.revision
        } else {
            guard let revision = Int64(text) else {
                throw StatusError(.badRequest, "Invalid value: \"\(text)\": resourceVersion must be a number")
            }
            start = revision
        }
        let changes: AsyncStream<StoreEvent>
        do {
            changes = try store.watch(
                group: target.type.group,
                plural: target.type.plural,
                namespace: namespace,
                after: start
            )
        } catch {
            throw StatusError(error)
        }
        return signals(initial, changes, after: start, selection, target, query)
    }

    private func signals(
        _ initial: [WatchSignal],
        _ changes: AsyncStream<StoreEvent>,
        after start: Int64,
        _ selection: Selection,
        _ target: Target,
        _ query: ListQuery
    ) -> AsyncStream<WatchSignal> {
        // A consumer that is this far behind is not waited for: it lists again.
        let (stream, continuation) = AsyncStream<WatchSignal>.makeStream(
            bufferingPolicy: .bufferingOldest(initial.count + 10_000)
        )
        for signal in initial { continuation.yield(signal) }
        let store = store
        let interval = configuration.bookmarkInterval
        let work = Task {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    for await change in changes {
                        guard let event = selection.event(change, target) else { continue }
                        if case .dropped = continuation.yield(.event(event)) { return }
                    }
                }
                if query.options.allowsBookmarks {
                    group.addTask {
                        // A revision is told one interval after it was read: by then the task above, which never waits
                        // for the consumer, has put every event up to it into the stream.
                        // What the list showed may be newer than what watchers were told.
                        var known = start
                        while (try? await Task.sleep(for: interval)) != nil {
                            continuation.yield(.event(.bookmark(resourceVersion: String(known))))
                            known = max(start, store.toldRevision)
                        }
                        await Task.waitForCancellation()
                    }
                }
                if let timeout = query.timeout {
                    group.addTask { try? await Task.sleep(for: timeout) }
                }
                await group.next()
                group.cancelAll()
            }
            continuation.finish()
        }
        continuation.onTermination = { _ in work.cancel() }
        return stream
    }
}

extension Task where Success == Never, Failure == Never {
    /// Returns when the current task is cancelled.
    static func waitForCancellation() async {
        while (try? await Task.sleep(for: .seconds(3600))) != nil {}
    }
}

extension Target {
    /// A stored object as this version shows it.
    func show(_ stored: StoredObject) -> KubernetesObject { show(stored.json) }

    func show(_ json: JSONValue) -> KubernetesObject {
        guard json["apiVersion"]?.string != type.apiVersion else { return KubernetesObject(json) }
        var json = json
        json["apiVersion"] = .string(type.apiVersion)
        return KubernetesObject(json)
    }
}

extension Selection {
    /// What a change is to somebody who sees only what is selected: an object that stops being selected is deleted.
    func event(_ change: StoreEvent, _ target: Target) -> WatchEvent? {
        switch change {
        case .added(let object): return matches(object.json) ? .added(target.show(object)) : nil
        case .deleted(let object): return matches(object.json) ? .deleted(target.show(object)) : nil
        case .modified(let object, let was):
            switch (matches(was), matches(object.json)) {
            case (true, true): return .modified(target.show(object))
            case (false, true): return .added(target.show(object))
            case (true, false):
                var gone = target.show(was)
                gone.resourceVersion = String(object.revision)
                return .deleted(gone)
            case (false, false): return nil
            }
        }
    }
}
