import KubernetesAPI

/// Defaults that depend on other fields; those that do not stand in the schemas.
enum Defaults {
    static func apply(to object: inout JSONValue, _ type: ResourceType) {
        switch (type.group, type.kind) {
        case ("", "Pod"):
            podSpec(&object, at: ["spec"])
            if object[path: ["status", "phase"]] == nil {
                object[path: ["status", "phase"]] = "Pending"
                object[path: ["status", "qosClass"]] = .string(qualityOfService(object["spec"] ?? [:]))
            }
        case ("", "Service"): service(&object)
        case ("", "Secret"): secret(&object)
        case ("", "Namespace"):
            set(&object, ["spec", "finalizers"], ["kubernetes"])
            set(&object, ["status", "phase"], "Active")
            if let name = object[path: ["metadata", "name"]], name != "" {
                set(&object, ["metadata", "labels", "kubernetes.io/metadata.name"], name)
            }
        case ("apps", "Deployment"):
            podSpec(&object, at: ["spec", "template", "spec"])
            if object[path: ["spec", "strategy", "type"]] == "RollingUpdate" {
                set(&object, ["spec", "strategy", "rollingUpdate"], ["maxSurge": "25%", "maxUnavailable": "25%"])
            }
        case ("apps", "StatefulSet"):
            podSpec(&object, at: ["spec", "template", "spec"])
            if object[path: ["spec", "updateStrategy", "type"]] == "RollingUpdate" {
                set(&object, ["spec", "updateStrategy", "rollingUpdate"], ["partition": 0])
            }
            set(
                &object,
                ["spec", "persistentVolumeClaimRetentionPolicy"],
                ["whenDeleted": "Retain", "whenScaled": "Retain"]
            )
        case ("apps", "DaemonSet"):
            podSpec(&object, at: ["spec", "template", "spec"])
            if object[path: ["spec", "updateStrategy", "type"]] == "RollingUpdate" {
                set(&object, ["spec", "updateStrategy", "rollingUpdate"], ["maxSurge": 0, "maxUnavailable": 1])
            }
        case ("apps", "ReplicaSet"): podSpec(&object, at: ["spec", "template", "spec"])
        case ("batch", "Job"): job(&object)
        case ("batch", "CronJob"): podSpec(&object, at: ["spec", "jobTemplate", "spec", "template", "spec"])
        case ("networking.k8s.io", "NetworkPolicy"):
            let hasEgress = object[path: ["spec", "egress"]]?.array?.isEmpty == false
            set(&object, ["spec", "policyTypes"], hasEgress ? ["Ingress", "Egress"] : ["Ingress"])
        case ("rbac.authorization.k8s.io", _): subjects(&object)
        case ("apiextensions.k8s.io", "CustomResourceDefinition"): customResource(&object)
        case ("admissionregistration.k8s.io", _): webhooks(&object)
        default: break
        }
    }

    /// Sets what is not there.
    static func set(_ object: inout JSONValue, _ path: [String], _ value: JSONValue) {
        if object[path: path] == nil { object[path: path] = value }
    }

    private static func service(_ object: inout JSONValue) {
        let type = object[path: ["spec", "type"]]?.string ?? "ClusterIP"
        if var ports = object[path: ["spec", "ports"]]?.array {
            for index in ports.indices where ports[index]["targetPort"] == nil || ports[index]["targetPort"] == "" {
                ports[index]["targetPort"] = ports[index]["port"]
            }
            object[path: ["spec", "ports"]] = .array(ports)
        }
        if object[path: ["spec", "sessionAffinity"]] == "ClientIP" {
            set(&object, ["spec", "sessionAffinityConfig", "clientIP", "timeoutSeconds"], 10800)
        }
        guard type != "ExternalName" else { return }
        set(&object, ["spec", "internalTrafficPolicy"], "Cluster")
        set(&object, ["spec", "ipFamilies"], ["IPv4"])
        set(&object, ["spec", "ipFamilyPolicy"], "SingleStack")
        if type == "NodePort" || type == "LoadBalancer" {
            set(&object, ["spec", "externalTrafficPolicy"], "Cluster")
        }
        if type == "LoadBalancer" { set(&object, ["spec", "allocateLoadBalancerNodePorts"], true) }
    }

    /// `stringData` is written, never read: it goes into `data`.
    private static func secret(_ object: inout JSONValue) {
        guard let texts = object["stringData"]?.object else { return }
        for (key, value) in texts {
            object[path: ["data", key]] = .string(Base64.encode(Array((value.string ?? "").utf8)))
        }
        object["stringData"] = nil
    }

    /// The selector and its labels are made of the Job's uid, so they appear once that is set.
    private static func job(_ object: inout JSONValue) {
        podSpec(&object, at: ["spec", "template", "spec"])
        let spec = object["spec"] ?? [:]
        if spec["completions"] == nil, spec["parallelism"] == nil { object[path: ["spec", "completions"]] = 1 }
        set(&object, ["spec", "parallelism"], 1)
        set(&object, ["spec", "backoffLimit"], spec["backoffLimitPerIndex"] == nil ? 6 : 2_147_483_647)
        set(&object, ["spec", "podReplacementPolicy"], "TerminatingOrFailed")
        guard let uid = object[path: ["metadata", "uid"]]?.string, !uid.isEmpty, spec["selector"] == nil,
            spec["manualSelector"]?.bool != true
        else { return }
        let name = object[path: ["metadata", "name"]] ?? ""
        object[path: ["spec", "selector", "matchLabels", "batch.kubernetes.io/controller-uid"]] = .string(uid)
        let labels = ["spec", "template", "metadata", "labels"]
        for prefix in ["", "batch.kubernetes.io/"] {
            object[path: labels + [prefix + "controller-uid"]] = .string(uid)
            object[path: labels + [prefix + "job-name"]] = name
        }
    }

    private static func subjects(_ object: inout JSONValue) {
        guard var subjects = object["subjects"]?.array else { return }
        for index in subjects.indices where subjects[index]["apiGroup"] == nil {
            if subjects[index]["kind"] == "User" || subjects[index]["kind"] == "Group" {
                subjects[index]["apiGroup"] = "rbac.authorization.k8s.io"
            }
        }
        object["subjects"] = .array(subjects)
    }

    private static func customResource(_ object: inout JSONValue) {
        let kind = object[path: ["spec", "names", "kind"]]?.string ?? ""
        set(&object, ["spec", "names", "singular"], .string(kind.lowercased()))
        set(&object, ["spec", "names", "listKind"], .string(kind + "List"))
        set(&object, ["spec", "conversion"], ["strategy": "None"])
    }

    private static func webhooks(_ object: inout JSONValue) {
        guard var webhooks = object["webhooks"]?.array else { return }
        for index in webhooks.indices where webhooks[index][path: ["clientConfig", "service"]] != nil {
            if webhooks[index][path: ["clientConfig", "service", "port"]] == nil {
                webhooks[index][path: ["clientConfig", "service", "port"]] = 443
            }
        }
        object["webhooks"] = .array(webhooks)
    }
}
