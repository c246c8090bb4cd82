import ArgumentParser

/// `martlet authn`: how callers and workloads prove who they are.
struct AuthnCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authn",
        abstract: "Looks into mutual TLS between workloads.",
        subcommands: [TLSCheckCommand.self]
    )
}
