/// What one authorization filter decided about a request; the names are found when somebody asks.
package struct AuthorizationVerdict: BitwiseCopyable, Sendable, Equatable {
    /// The position of the filter in its chain.
    package var filter: UInt16
    /// The position of the policy that matched; below 0 is none.
    package var policy: Int32
    /// What followed.
    package var result: Result

    /// The outcome of the rules.
    package enum Result: UInt8, BitwiseCopyable, Sendable {
        case allowed
        case denied
        /// Of rules that are tried out only.
        case shadowAllowed
        case shadowDenied

        /// Whether nothing followed from it.
        package var isShadow: Bool { self == .shadowAllowed || self == .shadowDenied }
    }
}

/// The verdicts on one request, the last ones if there were many.
package struct AuthorizationVerdicts: BitwiseCopyable, Sendable, Equatable {
    /// The most that are kept.
    package static let capacity = 4

    private var first = AuthorizationVerdict(filter: 0, policy: -1, result: .allowed)
    private var second = AuthorizationVerdict(filter: 0, policy: -1, result: .allowed)
    private var third = AuthorizationVerdict(filter: 0, policy: -1, result: .allowed)
    private var fourth = AuthorizationVerdict(filter: 0, policy: -1, result: .allowed)
    package private(set) var count = 0

    package init() {}

    /// Keeps a verdict; the last ones count if there are too many.
    package mutating func append(_ verdict: AuthorizationVerdict) {
        switch count {
        case 0: first = verdict
        case 1: second = verdict
        case 2: third = verdict
        default: fourth = verdict
        }
        count = min(count &+ 1, Self.capacity)
    }

    package subscript(position: Int) -> AuthorizationVerdict? {
        guard position >= 0, position < count else { return nil }
        return switch position {
        case 0: first
        case 1: second
        case 2: third
        default: fourth
        }
    }
}
