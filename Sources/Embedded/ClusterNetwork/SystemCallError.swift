import Glibc

/// A system call that failed, told by what it was for.
package struct SystemCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Such as `connect to 10.244.0.5:9080`.
    package var operation: String
    /// errno.
    package var code: Int32

    package init(_ operation: String, code: Int32? = nil) {
        self.operation = operation
        self.code = code ?? errno
    }

    package var description: String { "\(operation): \(String(cString: strerror(code)))" }
}
