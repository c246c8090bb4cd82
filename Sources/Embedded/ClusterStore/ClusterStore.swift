package import KubernetesAPI
package import Logging

/// The objects of the cluster, every change to them in one order, and those who watch it.
package final class ClusterStore: Sendable {
    /// Opens or makes the SQLite database at `path` and reads all objects into memory.
    ///
    /// `historyLimit` is how many of the last events a watch can start behind; a watcher that falls as far behind has
    /// its stream ended.
    package init(path: String, historyLimit: Int = 10_000, logger: Logger) throws(StoreError) {
        throw .unavailable("not open")
    }

    /// Of the last acknowledged write; at least 1.
    package var currentRevision: Int64 { 1 }

    package func read(_ key: StoreKey) async throws(StoreError) -> StoredObject? { nil }

    /// Objects of one resource in the order of namespace and name. A nil namespace is all of them; a limit of 0 none.
    package func list(
        group: String,
        plural: String,
        namespace: String? = nil,
        after: StoreKey? = nil,
        limit: Int = 0
    ) async throws(StoreError) -> StoredList {
        throw .unavailable("not open")
    }

    /// Writes and returns once it is on disk. Content equal to what is stored changes nothing: the stored object
    /// comes back with its old revision and nobody is told.
    package func write(
        _ key: StoreKey,
        _ json: JSONValue,
        expecting: Expectation
    ) async throws(StoreError) -> StoredObject {
        throw .unavailable("not open")
    }

    /// Removes and returns the revision of the removal once it is on disk. Watchers get `final`, or the object as it
    /// was stored.
    @discardableResult
    package func remove(
        _ key: StoreKey,
        expecting: Expectation,
        final: JSONValue? = nil
    ) async throws(StoreError) -> Int64 {
        throw .unavailable("not open")
    }

    /// Every event of one resource after a revision, in order, each once; ends when its consumer stops, falls too far
    /// behind, or the store closes.
    package func watch(
        group: String,
        plural: String,
        namespace: String? = nil,
        after revision: Int64
    ) throws(StoreError) -> AsyncStream<StoreEvent> {
        throw .unavailable("not open")
    }

    /// Ends watches, waits for writes under way and closes the database. Later calls throw
    /// ``StoreError/unavailable(_:)``.
    package func close() async {}
}
