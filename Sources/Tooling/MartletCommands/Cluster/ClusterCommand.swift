import ArgumentParser
import EmbeddedCluster
import Foundation
import Logging
import UnixSignals

/// `martlet cluster`: the cluster's own process; `martlet up` starts it in its namespaces.
struct ClusterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster",
        abstract: "Runs the cluster in this process; started by `martlet up`.",
        shouldDisplay: false
    )

    @OptionGroup var arguments: ClusterArguments

    func run() async throws {
        for descriptor in [ClusterLaunch.progressDescriptor, ClusterLaunch.lockDescriptor] {
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
        signal(SIGPIPE, SIG_IGN)
        guard getpid() == 1 else {
            throw ValidationError("this is the inner half of `martlet up`; use that")
        }
        let progress = ProgressWriter(descriptor: ClusterLaunch.progressDescriptor)
        do {
            let configuration = try arguments.configuration()
            let logger = Logger(label: "martlet")
            let cluster = EmbeddedCluster(configuration: configuration, progress: progress, logger: logger)
            // As process 1 it gets only the signals that it handles.
            let ending = await UnixSignalsSequence(trapping: .sigterm, .sigint)
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    try await cluster.run()
                    return true
                }
                group.addTask {
                    for await _ in ending { break }
                    return false
                }
                _ = try await group.next()
                // Process 1 ends here, and with it everything else.
                Foundation.exit(0)
            }
        } catch let error as ClusterError {
            progress.tell(.failed(ClusterFailure(message: error.message, remedy: error.remedy)))
            throw ExitCode(1)
        } catch {
            progress.tell(.failed(ClusterFailure(message: "\(error)")))
            throw ExitCode(1)
        }
    }
}
