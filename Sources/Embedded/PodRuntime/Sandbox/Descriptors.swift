import CSandbox

/// Descriptors that no program inherits by accident.
enum Descriptors {
    static func pipe() throws(SystemError) -> (reading: Int32, writing: Int32) {
        var reading: Int32 = -1
        var writing: Int32 = -1
        let error = sandbox_pipe(&reading, &writing)
        guard error == 0 else { throw SystemError(error, "pipe") }
        return (reading, writing)
    }
}
