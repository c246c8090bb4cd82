package import ArgumentParser

/// The `martlet` program; it answers to the name `istioctl` too.
package struct MartletCommand: ParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "Looks into a mesh: what a call would do, and whether configuration is right.",
        version: MartletVersion.text,
        subcommands: [SimulateCommand.self, ValidateCommand.self, FieldsCommand.self, VersionCommand.self]
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
