import ArgumentParser
import EmbeddedCluster
import Foundation

/// `martlet down`: ends the cluster of a home.
struct DownCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Ends the cluster on this machine; its objects are kept.",
        discussion: "To forget the objects too, delete the home afterwards."
    )

    @OptionGroup var home: HomeOption

    func run() throws {
        let directory = home.directory
        guard directory.isRunning else {
            Terminal.say("no cluster runs in \(directory.path)")
            return
        }
        guard let record = directory.record(), record.processID > 1 else {
            Terminal.fail(ClusterError("the cluster in \(directory.path) is only starting", remedy: "Try again."))
            throw ExitCode(1)
        }
        kill(record.processID, SIGTERM)
        let start = ContinuousClock.now
        var isKilled = false
        while directory.isRunning {
            usleep(20_000)
            guard start.duration(to: .now) > .seconds(10) else { continue }
            if isKilled {
                Terminal.fail(ClusterError("process \(record.processID) does not end"))
                throw ExitCode(1)
            }
            isKilled = true
            kill(record.processID, SIGKILL)
            usleep(500_000)
        }
        Terminal.say("the cluster in \(directory.path) has ended")
    }
}
