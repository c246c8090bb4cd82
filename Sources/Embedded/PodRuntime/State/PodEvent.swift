/// What happened to a pod: the state machine's input.
enum PodEvent: Sendable, Hashable {
    /// Network and volumes are there.
    case prepared(address: String)
    /// They are not; they are tried again after the retry interval.
    case notPrepared(reason: String, message: String)
    /// The process runs; the postStart hook may still be under way.
    case launched(container: String, attempt: Int)
    /// The postStart hook is done, or there is none.
    case started(container: String, attempt: Int)
    /// No process came to be. `isFinal`: it counts as an exit with code 128; otherwise it is tried again.
    case notLaunched(container: String, attempt: Int, reason: String, message: String, isFinal: Bool)
    /// The postStart hook failed.
    case hookFailed(container: String, attempt: Int, message: String)
    case exited(container: String, attempt: Int, code: Int32, signal: Int32, isOutOfMemory: Bool, message: String)
    case probed(container: String, attempt: Int, ProbeKind, ProbeVerdict)
    /// Somebody deleted the pod; seconds.
    case deleted(gracePeriod: Int64)
    case timer(PodTimer)
}

enum ProbeKind: String, Sendable, Hashable, CaseIterable {
    case startup = "Startup"
    case liveness = "Liveness"
    case readiness = "Readiness"
}

/// What the thresholds made of a probe's results.
enum ProbeVerdict: Sendable, Hashable {
    case passed
    case failed(message: String)
}

/// Something the state machine asked to be reminded of.
enum PodTimer: Sendable, Hashable {
    case prepareAgain
    case launchAgain(container: String)
    /// The grace of a pod that ends, counted down.
    case graceOver
    /// The grace of one container that its probe condemned.
    case killContainer(String, attempt: Int)
    case activeDeadline
}

/// What is to be done: the state machine's output.
enum PodAction: Sendable, Hashable {
    /// Network and volumes.
    case prepare
    case launch(container: String, attempt: Int)
    /// Hook, then SIGTERM. Seconds are what hook and signal have together.
    case stop(container: String, attempt: Int, grace: Int64)
    case kill(container: String, attempt: Int)
    case remind(PodTimer, seconds: Double)
    case event(isWarning: Bool, reason: String, message: String, container: String?)
    /// All processes are gone and none comes: give back network and memory, keep the logs.
    case release
    /// Delete the object for good and everything of it.
    case remove
}
