import KubernetesAPI

/// One row to change and whom it concerns.
struct WriteStep: Sendable {
    /// The row's text; nil deletes the row.
    var text: String?
    var event: StoreEvent
}

/// Decides a batch of operations, each against what those before it will have done. Pure.
struct WritePlan {
    /// The objects as the batch finds them, then as it leaves them.
    private var present: [StoreKey: StoredObject]
    private(set) var steps: [WriteStep] = []
    /// After the steps.
    private(set) var revision: Int64

    /// `present` holds what exists of the keys of the batch.
    init(present: [StoreKey: StoredObject], revision: Int64) {
        self.present = present
        self.revision = revision
    }

    /// What the operation's writer is told once the steps are on disk; for a removal an object with its revision.
    mutating func decide(_ operation: StoreOperation) -> Result<StoredObject, StoreError> {
        let key = operation.key
        let before = present[key]
        switch (operation.expectation, before) {
        case (.absent, .some): return .failure(.exists)
        case (.revision, nil): return .failure(.notFound)
        case (.revision(let wanted), let before?) where before.revision != wanted:
            return .failure(.conflict(current: before.revision))
        default: break
        }
        switch operation.change {
        case .write(let content):
            if let before, before.json == content.json.at(revision: before.revision) { return .success(before) }
            revision += 1
            let object = StoredObject(key: key, revision: revision, json: content.json.at(revision: revision))
            present[key] = object
            let event = before.map { StoreEvent.modified(object, was: $0.json) } ?? .added(object)
            steps.append(WriteStep(text: content.text, event: event))
            return .success(object)
        case .remove(let final):
            guard let before else { return .failure(.notFound) }
            revision += 1
            let json = (final ?? before.json).at(revision: revision)
            let object = StoredObject(key: key, revision: revision, json: json)
            present[key] = nil
            steps.append(WriteStep(text: nil, event: .deleted(object)))
            return .success(object)
        }
    }
}
