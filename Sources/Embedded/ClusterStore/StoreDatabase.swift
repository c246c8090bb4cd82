import GRDB
import KubernetesAPI

/// The durable copy: one table of objects and the revision.
///
/// Locked for as long as it is open, so that a second process is refused and no shared-memory file is needed, which on
/// a full disk would end the process by a signal.
struct StoreDatabase: Sendable {
    struct Contents {
        var objects: [StoredObject]
        var revision: Int64
    }

    private let queue: DatabaseQueue

    init(path: String, pageLimit: Int?) throws(StoreError) {
        queue = try Self.translating { () throws in
            var configuration = Configuration()
            configuration.journalMode = .wal
            configuration.label = "cluster-store"
            configuration.prepareDatabase { database in
                try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            }
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                // GRDB has set NORMAL for the write-ahead log: that would lose acknowledged writes with the power.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
            }
            try queue.write { database in
                try database.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS object (
                            resource TEXT NOT NULL, plural TEXT NOT NULL, namespace TEXT NOT NULL, name TEXT NOT NULL,
                            revision INTEGER NOT NULL, json TEXT NOT NULL,
                            PRIMARY KEY (resource, plural, namespace, name)
                        );
                        CREATE TABLE IF NOT EXISTS store (only INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
                        INSERT OR IGNORE INTO store (only, revision) VALUES (1, 1);
                        """
                )
            }
            return queue
        }
    }

    /// Throws ``StoreError/damaged(_:)`` when a row is not JSON.
    func load() throws(StoreError) -> Contents {
        try Self.translating { () throws in
            try queue.read { database in
                var objects: [StoredObject] = []
                let rows = try Row.fetchCursor(
                    database,
                    sql: "SELECT resource, plural, namespace, name, revision, json FROM object"
                )
                while let row = try rows.next() {
                    let key = StoreKey(group: row[0], plural: row[1], namespace: row[2], name: row[3])
                    let revision: Int64 = row[4]
                    let text: String = row[5]
                    do {
                        let json = try JSONValue(json: text)
                        objects.append(StoredObject(key: key, revision: revision, json: json.at(revision: revision)))
                    } catch {
                        throw StoreError.damaged("\(key): \(error)")
                    }
                }
                let revision = try Int64.fetchOne(database, sql: "SELECT revision FROM store") ?? 1
                return Contents(objects: objects, revision: max(revision, objects.map(\.revision).max() ?? 1))
            }
        }
    }

    /// All steps or none, on disk when it returns. Runs on the database's own queue.
    func commit(_ steps: [WriteStep], revision: Int64) async throws(StoreError) {
        do {
            try await queue.write { database in
                let put = try database.cachedStatement(
                    sql: """
                        INSERT INTO object (resource, plural, namespace, name, revision, json) VALUES (?, ?, ?, ?, ?, ?)
                        ON CONFLICT DO UPDATE SET revision = excluded.revision, json = excluded.json
                        """
                )
                let delete = try database.cachedStatement(
                    sql: "DELETE FROM object WHERE resource = ? AND plural = ? AND namespace = ? AND name = ?"
                )
                for step in steps {
                    let key = step.event.object.key
                    if let text = step.text {
                        try put.execute(
                            arguments: [key.group, key.plural, key.namespace, key.name, step.event.revision, text])
                    } else {
                        try delete.execute(arguments: [key.group, key.plural, key.namespace, key.name])
                    }
                }
                try database.cachedStatement(sql: "UPDATE store SET revision = ?").execute(arguments: [revision])
            }
        } catch {
            throw Self.storeError(error)
        }
    }

    func close() throws(StoreError) {
        try Self.translating { () throws in try queue.close() }
    }

    private static func translating<Answer>(_ body: () throws -> Answer) throws(StoreError) -> Answer {
        do { return try body() } catch { throw storeError(error) }
    }

    private static func storeError(_ error: any Error) -> StoreError {
        if let error = error as? StoreError { return error }
        guard let error = error as? DatabaseError else { return .damaged("\(error)") }
        let message = error.message ?? "SQLite error \(error.extendedResultCode.rawValue)"
        switch error.resultCode {
        case .SQLITE_FULL: return .full
        case .SQLITE_BUSY, .SQLITE_LOCKED: return .unavailable("another process has the cluster's store open")
        // A full disk shows so where SQLite cannot tell: while it makes the write-ahead log longer.
        case .SQLITE_IOERR where error.extendedResultCode == .SQLITE_IOERR_SHMSIZE: return .full
        default: return .damaged(message)
        }
    }
}
