import KubernetesAPI

/// A pod's spec, as far as its course of life goes. A spec does not change in what is read here.
struct PodPlan: Sendable, Hashable {
    enum RestartPolicy: String, Sendable { case always = "Always", onFailure = "OnFailure", never = "Never" }

    var name: ObjectName
    var uid: String
    var restartPolicy: RestartPolicy
    /// Seconds, unless the deletion names others.
    var gracePeriod: Int64
    var activeDeadline: Int64?
    /// In the order of the spec, init containers first.
    var containers: [ContainerPlan]
    var readinessGates: [String]

    init(_ pod: KubernetesObject) {
        name = pod.objectName
        uid = pod.uid
        restartPolicy = pod["spec", "restartPolicy"]?.string.flatMap(RestartPolicy.init) ?? .always
        gracePeriod = max(0, pod["spec", "terminationGracePeriodSeconds"]?.integer ?? 30)
        activeDeadline = pod["spec", "activeDeadlineSeconds"]?.integer
        containers =
            (pod["spec", "initContainers"]?.array ?? []).map { ContainerPlan($0, isInit: true) }
            + (pod["spec", "containers"]?.array ?? []).map { ContainerPlan($0, isInit: false) }
        readinessGates = (pod["spec", "readinessGates"]?.array ?? []).compactMap { $0["conditionType"]?.string }
    }

    func container(_ name: String) -> ContainerPlan? { containers.first { $0.name == name } }

    /// What the spec asks for and this runtime does not do; one sentence each, for events.
    static func unsupported(_ pod: KubernetesObject) -> [String] {
        var found: [String] = []
        for field in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "setHostnameAsFQDN"]
        where pod["spec", field]?.bool == true {
            found.append("spec.\(field) is not supported: the pod runs without it")
        }
        if pod["spec", "runtimeClassName"] != nil { found.append("spec.runtimeClassName is ignored") }
        if pod["spec", "ephemeralContainers"]?.array?.isEmpty == false {
            found.append("ephemeral containers are not supported")
        }
        for container in PodPlan(pod).containers {
            if container.json["stdin"]?.bool == true || container.json["tty"]?.bool == true {
                found.append("container \(container.name): stdin and tty are ignored, use kubectl exec -it")
            }
            let security = container.json["securityContext"]
            for field in ["seLinuxOptions", "seccompProfile", "appArmorProfile", "procMount"]
            where security?[field] != nil && security?[path: [field, "type"]]?.string != "RuntimeDefault" {
                found.append("container \(container.name): securityContext.\(field) is ignored")
            }
        }
        return found
    }
}
