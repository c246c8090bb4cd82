import ArgumentParser
import EmbeddedCluster
import Foundation

/// `martlet env`: what a shell needs to use the cluster.
struct EnvCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "env",
        abstract: "Prints the settings for kubectl: eval \"$(martlet env)\"."
    )

    @OptionGroup var home: HomeOption

    func run() throws {
        let directory = home.directory
        guard directory.isRunning else {
            Terminal.fail(
                ClusterError("no cluster runs in \(directory.path)", remedy: "Start one: martlet up\(directory.option)")
            )
            throw ExitCode(1)
        }
        print("export KUBECONFIG='\(directory.kubeconfig.replacing("'", with: "'\\''"))'")
    }
}
