/// Why the cluster does not start or goes down: what is wrong, and what to do about it.
package struct ClusterError: Error, Sendable, Equatable, CustomStringConvertible {
    package var message: String
    /// A sentence that tells the user how to get on; empty when there is nothing to advise.
    package var remedy: String

    package init(_ message: String, remedy: String = "") {
        self.message = message
        self.remedy = remedy
    }

    package var description: String { remedy.isEmpty ? message : "\(message)\n  \(remedy)" }
}
