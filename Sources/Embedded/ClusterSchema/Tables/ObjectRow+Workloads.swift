import KubernetesAPI

extension ObjectRow {
    private var template: [String] { ["spec", "template", "spec"] }

    var deployment: [JSONValue] {
        let ready = "\(integer(["status", "readyReplicas"]))/\(integer(["spec", "replicas"]))"
        return [.string(ready), number(["status", "updatedReplicas"]), number(["status", "availableReplicas"]), age]
            + containers(template) + [selector(["spec", "selector"])]
    }

    var replicaSet: [JSONValue] {
        [number(["spec", "replicas"]), number(["status", "replicas"]), number(["status", "readyReplicas"]), age]
            + containers(template) + [selector(["spec", "selector"])]
    }

    var statefulSet: [JSONValue] {
        [.string("\(integer(["status", "readyReplicas"]))/\(integer(["spec", "replicas"]))"), age]
            + containers(template)
    }

    var daemonSet: [JSONValue] {
        [
            number(["status", "desiredNumberScheduled"]), number(["status", "currentNumberScheduled"]),
            number(["status", "numberReady"]), number(["status", "updatedNumberScheduled"]),
            number(["status", "numberAvailable"]), labels(template + ["nodeSelector"]), age,
        ] + containers(template) + [selector(["spec", "selector"])]
    }

    var controllerRevision: [JSONValue] {
        let owner = items(["metadata", "ownerReferences"]).first { $0["controller"]?.bool == true }
        let kind = owner?["kind"]?.string?.lowercased() ?? ""
        let name = owner.map { "\(kind).apps/\($0["name"]?.string ?? "")" } ?? "<none>"
        return [.string(name), number(["revision"]), age]
    }

    var job: [JSONValue] {
        let succeeded = integer(["status", "succeeded"])
        let completions: String
        if let wanted = object[path: ["spec", "completions"]]?.integer {
            completions = "\(succeeded)/\(wanted)"
        } else {
            let parallel = integer(["spec", "parallelism"])
            completions = parallel > 1 ? "\(succeeded)/1 of \(parallel)" : "\(succeeded)/1"
        }
        var duration = ""
        if let start = object[path: ["status", "startTime"]]?.string.flatMap({ Timestamp($0)?.seconds }) {
            let end = object[path: ["status", "completionTime"]]?.string.flatMap({ Timestamp($0)?.seconds })
            duration = Age.text((end ?? now) - start)
        }
        return [.string(jobStatus), .string(completions), .string(duration), age]
            + containers(template) + [selector(["spec", "selector"])]
    }

    private var jobStatus: String {
        func holds(_ type: String) -> Bool {
            items(["status", "conditions"]).contains { $0["type"]?.string == type && $0["status"] == "True" }
        }
        if holds("Complete") { return "Complete" }
        if holds("Failed") { return "Failed" }
        if object[path: ["metadata", "deletionTimestamp"]] != nil { return "Terminating" }
        if holds("Suspended") { return "Suspended" }
        if holds("FailureTarget") { return "FailureTarget" }
        return holds("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running"
    }

    var cronJob: [JSONValue] {
        let suspended = object[path: ["spec", "suspend"]]?.bool == true ? "True" : "False"
        let last =
            object[path: ["status", "lastScheduleTime"]] == nil ? "<none>" : age(of: ["status", "lastScheduleTime"])
        return [
            text(["spec", "schedule"]), text(["spec", "timeZone"]), .string(suspended),
            .integer(Int64(items(["status", "active"]).count)), last, age,
        ] + containers(["spec", "jobTemplate"] + template) + [selector(["spec", "jobTemplate", "spec", "selector"])]
    }

    var autoscaler: [JSONValue] {
        let kind = object[path: ["spec", "scaleTargetRef", "kind"]]?.string ?? ""
        let name = object[path: ["spec", "scaleTargetRef", "name"]]?.string ?? ""
        return [
            .string("\(kind)/\(name)"), .string(autoscalerTargets), text(["spec", "minReplicas"], "<unset>"),
            number(["spec", "maxReplicas"]), number(["status", "currentReplicas"]), age,
        ]
    }

    private var autoscalerTargets: String {
        if let target = object[path: ["spec", "targetCPUUtilizationPercentage"]]?.integer {
            let now = object[path: ["status", "currentCPUUtilizationPercentage"]]?.integer.map { "\($0)%" }
            return "cpu: \(now ?? "<unknown>")/\(target)%"
        }
        let metrics = items(["spec", "metrics"]).map { metric in
            let resource = metric["resource"]
            let target =
                resource?[path: ["target", "averageUtilization"]]?.integer.map { "\($0)%" }
                ?? resource?[path: ["target", "averageValue"]]?.string ?? "<auto>"
            return "\(resource?["name"]?.string ?? metric["type"]?.string ?? ""): <unknown>/\(target)"
        }
        return Self.shortened(metrics, limit: 2)
    }
}
