/// A configuration file as it was read.
package enum FileContent: Sendable, Hashable {
    /// Its bytes.
    case bytes([UInt8])
    /// It could not or must not be read, and why.
    case unreadable(String)
}
