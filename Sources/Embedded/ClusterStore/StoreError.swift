/// Why the store refused.
package enum StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is such an object already.
    case exists
    case notFound
    /// Somebody else wrote first; the object is now at this revision.
    case conflict(current: Int64)
    /// Events after the wanted revision are not all remembered (or it lies in the future); watches can start at
    /// `oldest` or later. List again.
    case compacted(oldest: Int64)
    /// The disk is full. Nothing was written and nothing is lost; the next write tries again.
    case full
    /// Another process has the store open, or it was closed here.
    case unavailable(String)
    /// The file cannot be read or written for another reason, in SQLite's words.
    case damaged(String)

    package var description: String {
        switch self {
        case .exists: "the object already exists"
        case .notFound: "there is no such object"
        case .conflict(let current): "the object has changed; it is at revision \(current)"
        case .compacted(let oldest): "events before revision \(oldest) are no longer kept"
        case .full: "no space left on the disk of the cluster's store"
        case .unavailable(let why): why
        case .damaged(let why): "the cluster's store cannot be used: \(why)"
        }
    }
}
