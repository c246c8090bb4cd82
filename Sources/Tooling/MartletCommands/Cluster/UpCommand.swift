import ArgumentParser
import EmbeddedCluster
import Foundation

/// `martlet up`: a mesh on this machine.
struct UpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Brings up a cluster with a mesh on this machine; no Docker, no Kubernetes needed.",
        discussion: """
            Starts an API for kubectl, the control plane, an ingress gateway and the samples you name, each pod in \
            network and process namespaces of its own. It runs until Ctrl-C, or with --detach until `martlet down`; \
            objects are kept in the home. Linux, as root or as a user with a range in /etc/subuid.
            """
    )

    @OptionGroup var arguments: ClusterArguments

    @Flag(help: "Return once everything is ready, and leave it running.")
    var detach = false

    func run() throws {
        do {
            try start()
        } catch let error as ClusterError {
            Terminal.fail(error)
            throw ExitCode(1)
        }
    }

    private func start() throws {
        let configuration = try arguments.configuration()
        try Preflight.check()
        let home = arguments.home.directory
        try home.make()
        let lock = try home.lock()
        try configuration.check()
        // Of the run before: nobody may take its processes for this one's.
        if var record = home.record() {
            record.processID = 0
            record.parentProcessID = 0
            try home.write(record)
        }
        var pipe: [Int32] = [0, 0]
        guard Foundation.pipe(&pipe) == 0 else { throw ClusterError("no pipe: \(String(cString: strerror(errno)))") }
        let stop = StopRequests()
        let launch = ClusterLaunch(
            command: [try ClusterArguments.thisProgram(), "cluster"] + arguments.words,
            isDetached: detach
        )
        let pid = try launch.start(progress: pipe[1], lock: lock, log: home.log)
        close(pipe[1])
        close(lock)
        let follower = UpFollower(home: home, pid: pid, progress: pipe[0], isDetached: detach)
        throw ExitCode(try follower.follow(until: stop))
    }
}
