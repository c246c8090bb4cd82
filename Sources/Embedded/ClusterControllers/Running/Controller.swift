import KubernetesAPI

/// A controller's thinking half: which keys a change concerns, and what to do about a key. It does no I/O and keeps
/// no state; the loop calls it, performs what it decides and calls again when that changed something.
protocol Controller: Sendable {
    /// `source.component` of its events.
    var name: String { get }
    /// What it decides from.
    var types: Set<ResourceType> { get }
    /// Whether it also wants the changes of types that are not cached.
    var watchesEverything: Bool { get }
    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName]
    func decide(_ key: ObjectName, _ situation: Situation) -> Decision
}

extension Controller {
    var watchesEverything: Bool { false }
}

/// What a decision is made from.
struct Situation: Sendable {
    var cache: ObjectCache
    var ownership = OwnershipGraph()
    var now: Timestamp
    /// Why the last attempt at this key failed, when this decision is only to report it.
    var failure: StatusError?
}

/// What is to be done about a key, in order, and when to think of it again though nothing changed.
struct Decision: Sendable, Equatable {
    var actions: [Action] = []
    /// Seconds from now.
    var again: Int64?

    static let nothing = Decision()

    init(_ actions: [Action] = [], again: Int64? = nil) {
        self.actions = actions
        self.again = again
    }

    /// Thinks of the key again after `seconds` at the latest.
    mutating func again(after seconds: Int64) { again = min(again ?? .max, max(1, seconds)) }
}
