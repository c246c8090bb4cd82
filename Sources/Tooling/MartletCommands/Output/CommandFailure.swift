/// Why a command that was understood cannot do its work; printed without the usage.
struct CommandFailure: Error, CustomStringConvertible, Equatable {
    let description: String

    init(_ description: String) { self.description = description }
}
