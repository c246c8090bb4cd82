package import ArgumentParser

/// The `martlet` program; it answers to the name `istioctl` too.
package struct MartletCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "A service mesh: brings one up on this machine, and looks into it.",
        version: MartletVersion.text,
        subcommands: [
            UpCommand.self, DownCommand.self, EnvCommand.self, ClusterCommand.self, KubeInjectCommand.self,
            ExplainCommand.self, SimulateCommand.self, ValidateCommand.self, FieldsCommand.self, AuthnCommand.self,
            ExperimentalCommand.self, ProxyConfigCommand.self, ProxyStatusCommand.self, VersionCommand.self,
        ]
    )

    package init() {}
}

/// The version of this build.
package enum MartletVersion {
    package static let text = "0.1.0"
}

/// `martlet version`.
struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Prints the version of this program."
    )

    @Flag(help: "Ask the control plane for its version; nothing is asked yet.")
    var remote = false

    @Flag(name: .customLong("short"), help: "Print the version alone.")
    var isShort = false

    func run() throws {
        if remote { throw ValidationError("--remote: no control plane is asked yet") }
        print(isShort ? MartletVersion.text : "client version: \(MartletVersion.text)")
    }
}
