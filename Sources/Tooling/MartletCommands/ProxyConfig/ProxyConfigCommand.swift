import ArgumentParser

/// `martlet proxy-config`: what a proxy has.
struct ProxyConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy-config",
        abstract: "Tells what a pod's proxy has.",
        subcommands: [ProxySecretCommand.self],
        aliases: ["pc"]
    )
}
