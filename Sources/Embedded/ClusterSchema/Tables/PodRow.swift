import KubernetesAPI

/// The cells of a pod: how kubectl sums up its containers in one word.
struct PodRow {
    private let row: ObjectRow
    private var status = ""
    private var ready = 0
    private var total = 0
    private var restarts: Int64 = 0
    private var lastRestart: Int64?

    init(_ row: ObjectRow) {
        self.row = row
        status = row.object[path: ["status", "reason"]]?.string ?? row.object[path: ["status", "phase"]]?.string ?? ""
        if status.isEmpty { status = "Unknown" }
        let gates = row.items(["spec", "schedulingGates"])
        if !gates.isEmpty, conditionReason("PodScheduled") == "SchedulingGated" { status = "SchedulingGated" }
        total = row.items(["spec", "containers"]).count
        if !readInitContainers() || condition("Initialized") { readContainers() }
        guard row.object[path: ["metadata", "deletionTimestamp"]] != nil else { return }
        if row.object[path: ["status", "reason"]] == "NodeLost" {
            status = "Unknown"
        } else if status != "Succeeded", status != "Failed" {
            status = "Terminating"
        }
    }

    private func condition(_ type: String) -> Bool {
        row.items(["status", "conditions"]).contains { $0["type"]?.string == type && $0["status"] == "True" }
    }

    private func conditionReason(_ type: String) -> String? {
        row.items(["status", "conditions"]).first { $0["type"]?.string == type }?["reason"]?.string
    }

    /// Whether init containers are still the news; sidecars count like containers.
    private mutating func readInitContainers() -> Bool {
        let declared = row.items(["spec", "initContainers"])
        let sidecars = Set(declared.filter { $0["restartPolicy"] == "Always" }.compactMap { $0["name"]?.string })
        total += sidecars.count
        var isInitializing = false
        var sidecarRestarts: Int64 = 0
        for (index, container) in row.items(["status", "initContainerStatuses"]).enumerated() {
            let count = container["restartCount"]?.integer ?? 0
            restarts += count
            noteRestart(container)
            let isSidecar = sidecars.contains(container["name"]?.string ?? "")
            if isSidecar {
                sidecarRestarts += count
                if container["ready"]?.bool == true, container[path: ["state", "running"]] != nil { ready += 1 }
            }
            if isInitializing { continue }
            let ended = container[path: ["state", "terminated"]]
            if let ended, ended["exitCode"]?.integer == 0 { continue }
            if isSidecar, container["started"]?.bool == true { continue }
            let waiting = container[path: ["state", "waiting", "reason"]]?.string ?? ""
            if let ended {
                status = "Init:" + Self.end(ended)
            } else if !waiting.isEmpty, waiting != "PodInitializing" {
                status = "Init:\(waiting)"
            } else {
                status = "Init:\(index)/\(declared.count)"
            }
            isInitializing = true
        }
        // Once the pod runs, only sidecars can still restart.
        if !isInitializing || condition("Initialized") { restarts = sidecarRestarts }
        return isInitializing
    }

    private mutating func readContainers() {
        var hasRunning = false
        for container in row.items(["status", "containerStatuses"]).reversed() {
            restarts += container["restartCount"]?.integer ?? 0
            noteRestart(container)
            let state = container["state"] ?? [:]
            if let reason = state[path: ["waiting", "reason"]]?.string, !reason.isEmpty {
                status = reason
            } else if let ended = state["terminated"] {
                status = Self.end(ended)
            } else if container["ready"]?.bool == true, state["running"] != nil {
                hasRunning = true
                ready += 1
            }
        }
        if status == "Completed", hasRunning { status = condition("Ready") ? "Running" : "NotReady" }
    }

    private static func end(_ state: JSONValue) -> String {
        if let reason = state["reason"]?.string, !reason.isEmpty { return reason }
        if let signal = state["signal"]?.integer, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(state["exitCode"]?.integer ?? 0)"
    }

    private mutating func noteRestart(_ container: JSONValue) {
        guard
            let end = container[path: ["lastState", "terminated", "finishedAt"]]?.string.flatMap({
                Timestamp($0)?.seconds
            })
        else { return }
        lastRestart = max(lastRestart ?? end, end)
    }

    var cells: [JSONValue] {
        var count = String(restarts)
        if restarts > 0, let lastRestart { count += " (\(Age.text(row.now - lastRestart)) ago)" }
        let gates = row.items(["spec", "readinessGates"])
        let met = gates.filter { condition($0["conditionType"]?.string ?? "") }.count
        let addresses = row.items(["status", "podIPs"])
        let address = addresses.first?["ip"] ?? row.text(["status", "podIP"])
        return [
            .string("\(ready)/\(total)"), .string(status), .string(count), row.age, address,
            row.text(["spec", "nodeName"]),
            row.text(["status", "nominatedNodeName"]), .string(gates.isEmpty ? "<none>" : "\(met)/\(gates.count)"),
        ]
    }
}
