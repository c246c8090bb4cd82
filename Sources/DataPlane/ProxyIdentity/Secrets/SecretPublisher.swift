internal import Synchronization

/// Where consumers of secrets - the Swift engine, SDS, the admin pages - find the current ones and hear of changes.
///
/// Safe to use from any thread; no call waits for anything but a file that is read for the first time.
package final class SecretPublisher: Sendable {
    private struct State {
        var set = SecretSet()
        var subscribers: [UInt64: @Sendable (SecretSet) -> Void] = [:]
        var lastSubscriber: UInt64 = 0
        /// The version that subscribers were told last.
        var delivered: UInt64 = 0
        var isDelivering = false
    }

    private let state = Mutex(State())
    /// Reads and watches what `file-` names stand for.
    let files: FileSecrets

    /// A publisher that holds nothing; `warn` hears of files that cannot be used, a line each.
    package init(warn: @escaping @Sendable (String) -> Void = { _ in }) {
        files = FileSecrets(warn: warn)
    }

    /// What is held now.
    package var current: SecretSet { state.withLock { $0.set } }

    /// Says that TLS contexts refer to these names: files are read now, unless they are known, and watched from now on.
    ///
    /// Subscribers hear of what was read. Names of another form are left out.
    package func want(_ names: some Sequence<String>) {
        let known = current.entries
        for name in names where known[name] == nil {
            guard let secret = files.read(name) else { continue }
            change { $0.set(name, secret) }
        }
    }

    /// Looks at the files again, and publishes those that changed.
    package func refreshFiles(at now: UnixTime) {
        for (name, secret) in files.changed(at: now) { change { $0.set(name, secret) } }
    }

    /// How many contents of files could not be used.
    package var fileFailures: UInt64 { files.failureCount }

    /// Calls `onChange` after every change, one call at a time, on the thread that made the change: do little there.
    ///
    /// It may call any operation of this publisher. The current value is not delivered: read ``current`` after subscribing.
    package func subscribe(_ onChange: @escaping @Sendable (SecretSet) -> Void) -> SecretSubscription {
        let id = state.withLock { state in
            state.lastSubscriber &+= 1
            state.subscribers[state.lastSubscriber] = onChange
            return state.lastSubscriber
        }
        return SecretSubscription { [weak self] in
            _ = self?.state.withLock { $0.subscribers.removeValue(forKey: id) }
        }
    }

    /// The current set and every later one, the latest wins; ends when the task that iterates is cancelled.
    package var changes: AsyncStream<SecretSet> {
        let (stream, continuation) = AsyncStream<SecretSet>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let subscription = subscribe { continuation.yield($0) }
        continuation.onTermination = { _ in subscription.cancel() }
        continuation.yield(current)
        return stream
    }

    /// Changes the set; `edit` returns whether anything did change. Tells subscribers.
    func change(_ edit: (inout SecretSet) -> Bool) {
        let hasChanged = state.withLock { state in
            var set = state.set
            guard edit(&set) else { return false }
            set.version = state.set.version &+ 1
            state.set = set
            return true
        }
        if hasChanged { deliver() }
    }

    // One thread delivers; changes that come meanwhile, also from subscribers, are delivered by it afterwards.
    private func deliver() {
        while true {
            let due = state.withLock { state -> (SecretSet, [@Sendable (SecretSet) -> Void])? in
                guard !state.isDelivering, state.delivered != state.set.version else { return nil }
                state.isDelivering = true
                state.delivered = state.set.version
                return (state.set, Array(state.subscribers.values))
            }
            guard let (set, subscribers) = due else { return }
            for subscriber in subscribers { subscriber(set) }
            state.withLock { $0.isDelivering = false }
        }
    }
}

/// Ends a subscription when it is cancelled or let go of. Any thread.
package final class SecretSubscription: Sendable {
    private let end: @Sendable () -> Void

    init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    /// No call begins after this one.
    package func cancel() { end() }

    deinit { end() }
}
