/// Something to tell the author of a configuration file.
package struct Diagnostic: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What it means for the object.
    package enum Severity: String, Sendable, Hashable {
        /// The object is rejected.
        case error
        /// The object is accepted.
        case warning
    }

    /// What it means for the object.
    package var severity: Severity
    /// Where.
    package var location: SourceLocation
    /// Object, as `VirtualService default/reviews`; empty when the file is unreadable before it is known.
    package var object: String
    /// Path of the field, as `spec.http[0].route[1].weight`; empty for the whole object.
    package var path: String
    /// What is wrong and what is allowed.
    package var message: String

    package init(
        _ severity: Severity,
        at location: SourceLocation,
        object: String = "",
        path: String = "",
        _ message: String
    ) {
        self.severity = severity
        self.location = location
        self.object = object
        self.path = path
        self.message = message
    }

    /// `file:line:column: error: VirtualService default/reviews: spec.http[0].timeout: message`.
    package var description: String {
        let parts = ["\(location)", severity.rawValue, object, path, message]
        return parts.filter { !$0.isEmpty }.joined(separator: ": ")
    }

    /// By place, then message.
    package static func < (left: Diagnostic, right: Diagnostic) -> Bool {
        (left.location, left.path, left.message) < (right.location, right.path, right.message)
    }
}
