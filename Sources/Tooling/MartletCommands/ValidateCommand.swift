import ArgumentParser
import Foundation
import MeshConfig
import MeshModel
import MeshSimulation

/// `martlet validate -f`: what the authors of configuration files are to know; exit status 1 if there are errors.
struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate",
        abstract: "Checks configuration files.",
        aliases: ["v"]
    )

    @Option(name: [.customShort("f"), .customLong("filename")], help: "File or folder; may be repeated.")
    var paths: [String]

    func run() throws {
        let configuration = SimulatedConfiguration(try ConfigurationFiles.load(paths))
        for diagnostic in configuration.diagnostics { print(diagnostic.description) }
        for diagnostic in configuration.mesh.diagnostics { print(diagnostic.description) }
        let errors = configuration.diagnostics.count { $0.severity == .error }
        guard errors == 0 else {
            FileHandle.standardError.writeLine("\(errors) error\(errors == 1 ? "" : "s")")
            throw ExitCode.failure
        }
        print("\(configuration.objects.count) objects are valid")
    }
}
