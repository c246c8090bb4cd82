import ArgumentParser

/// `martlet x`: what istioctl keeps under `experimental`.
struct ExperimentalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "x",
        abstract: "Commands that istioctl has under `experimental`.",
        subcommands: [AuthzCommand.self],
        aliases: ["experimental", "exp"]
    )
}

/// `martlet x authz`.
struct AuthzCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "authz",
        abstract: "Looks into authorization.",
        subcommands: [AuthzCheckCommand.self]
    )
}
