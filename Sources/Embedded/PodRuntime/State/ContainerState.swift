import KubernetesAPI

/// How a container's process ended.
struct Termination: Sendable, Hashable {
    var exitCode: Int32
    /// Not 0 when a signal ended it.
    var signal: Int32 = 0
    /// `Completed`, `Error`, `OOMKilled`, `ContainerCannotRun`, `StartError`, `ContainerStatusUnknown`.
    var reason: String
    var message = ""
    var startedAt: Timestamp?
    var finishedAt: Timestamp

    var isSuccess: Bool { exitCode == 0 }
}

/// One container of a pod over time.
struct ContainerState: Sendable, Hashable {
    enum Activity: Sendable, Hashable {
        /// Not started, or ended and due to start again.
        case idle
        /// The launch is under way; its postStart hook counts as part of it.
        case starting
        case running
        /// Waits for its back-off to end.
        case backingOff
        /// Ends for good.
        case finished
    }

    var activity = Activity.idle
    /// The process lives.
    var isAlive = false
    /// It was told to end, with the hook and the signal.
    var isStopping = false
    /// Counts launches; an event of an earlier launch is stale.
    var attempt = 0
    var startedAt: Timestamp?
    /// `state.waiting` while no process lives.
    var waitingReason = "PodInitializing"
    var waitingMessage = ""
    var termination: Termination?
    var lastTermination: Termination?
    var restartCount: Int64 = 0
    /// 0 before the first restart.
    var backOffStep = 0
    /// The startup probe passed, or there is none.
    var isStarted = false
    var isReady = false
}
