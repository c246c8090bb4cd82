internal import ProxySnapshot

/// Room for the sets of policies that are worked with while one request is asked about.
///
/// Shared by all connections of a worker that ask the same filter, so that it stays in the cache: with room of its own,
/// every connection would fetch a kilobyte for a thousand rules. Confined to its worker's loop.
package final class AuthorizationScratch {
    /// Words of 64 policies that each set has.
    let words: Int
    let candidates: UnsafeMutableBufferPointer<UInt64>
    let marked: UnsafeMutableBufferPointer<UInt64>

    init(words: Int) {
        self.words = words
        candidates = .allocate(capacity: words)
        candidates.initialize(repeating: 0)
        marked = .allocate(capacity: words)
        marked.initialize(repeating: 0)
    }

    /// For the larger of a filter's two sets of rules.
    convenience init(for filter: AuthorizationFilter) {
        self.init(words: max(filter.rules?.index.words ?? 0, filter.shadowRules?.index.words ?? 0))
    }

    deinit {
        candidates.deallocate()
        marked.deallocate()
    }
}
