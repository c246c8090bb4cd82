import KubernetesAPI

/// What an earlier run of the runtime left in `status`.
enum PodStatusReader {
    struct Container: Sendable, Hashable {
        var restartCount: Int64 = 0
        var isRunning = false
        var startedAt: Timestamp?
        var termination: Termination?
        var lastTermination: Termination?
    }

    static func containers(_ status: JSONValue?) -> [String: Container] {
        var found: [String: Container] = [:]
        for list in ["initContainerStatuses", "containerStatuses"] {
            for json in status?[list]?.array ?? [] {
                guard let name = json["name"]?.string else { continue }
                var container = Container()
                container.restartCount = max(0, json["restartCount"]?.integer ?? 0)
                container.isRunning = json[path: ["state", "running"]] != nil
                container.startedAt = json[path: ["state", "running", "startedAt"]]?.string.flatMap { Timestamp($0) }
                container.termination = termination(json[path: ["state", "terminated"]])
                container.lastTermination = termination(json[path: ["lastState", "terminated"]])
                found[name] = container
            }
        }
        return found
    }

    private static func termination(_ json: JSONValue?) -> Termination? {
        guard let json, let code = json["exitCode"]?.integer else { return nil }
        return Termination(
            exitCode: Int32(clamping: code),
            signal: Int32(clamping: json["signal"]?.integer ?? 0),
            reason: json["reason"]?.string ?? "",
            message: json["message"]?.string ?? "",
            startedAt: json["startedAt"]?.string.flatMap { Timestamp($0) },
            finishedAt: json["finishedAt"]?.string.flatMap { Timestamp($0) } ?? Timestamp(seconds: 0)
        )
    }
}
