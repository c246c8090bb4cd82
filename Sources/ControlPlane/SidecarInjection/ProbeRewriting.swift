import KubernetesAPI

/// The kubelet's probes of the application go to the agent, which asks the application from inside the pod. Pure.
///
/// The kubelet speaks plain text from outside the mesh; a strict sidecar would refuse it.
struct ProbeRewriting: Sendable {
    static let variable = "ISTIO_KUBE_APP_PROBERS"

    /// Port of the agent; with 0 nothing is rewritten.
    let port: Int64

    func apply(to pod: inout KubernetesObject) {
        guard port != 0 else { return }
        var probers: [String: JSONValue] = [:]
        for list in ["containers", "initContainers"] {
            guard var containers = pod["spec", list]?.array else { continue }
            for index in containers.indices where isProbed(containers[index], in: list) {
                rewrite(&containers[index], into: &probers)
            }
            pod["spec", list] = .array(containers)
        }
        guard !probers.isEmpty else { return }
        tell(probers, to: &pod)
    }

    private func isProbed(_ container: JSONValue, in list: String) -> Bool {
        container["name"]?.string != SidecarTemplate.proxyName
            && (list == "containers" || container["restartPolicy"]?.string == "Always")
    }

    private func rewrite(_ container: inout JSONValue, into probers: inout [String: JSONValue]) {
        guard let name = container["name"]?.string else { return }
        let ports = container["ports"]?.array ?? []
        let probes = [
            (["readinessProbe"], "readyz"), (["livenessProbe"], "livez"), (["startupProbe"], "startupz"),
            (["lifecycle", "preStop"], "prestopz"), (["lifecycle", "postStart"], "poststartz"),
        ]
        for (field, ending) in probes {
            guard var probe = container[path: field] else { continue }
            let isHook = field.count > 1
            guard let prober = prober(probe, ports: ports, isHook: isHook) else { continue }
            let path = "/app-health/\(name)/\(ending)"
            probers[path] = prober
            var get = probe["httpGet"] ?? [:]
            get["path"] = .string(path)
            get["port"] = .integer(port)
            // The agent speaks TLS to the application itself, and connects to it by the pod's own address.
            if get["scheme"]?.string == "HTTPS" { get["scheme"] = "HTTP" }
            get["host"] = nil
            probe["httpGet"] = get
            probe["tcpSocket"] = nil
            probe["grpc"] = nil
            container[path: field] = probe
        }
    }

    /// What the agent is to ask; nil for a probe that stays as it is.
    private func prober(_ probe: JSONValue, ports: [JSONValue], isHook: Bool) -> JSONValue? {
        var prober: JSONValue = [:]
        if var get = probe["httpGet"], get.object != nil {
            guard let number = resolve(get["port"], ports), number != port else { return nil }
            get["port"] = .integer(number)
            prober["httpGet"] = get
        } else if !isHook, var socket = probe["tcpSocket"], socket.object != nil {
            guard let number = resolve(socket["port"], ports), number != port else { return nil }
            socket["port"] = .integer(number)
            prober["tcpSocket"] = socket
        } else if !isHook, let call = probe["grpc"], call.object != nil {
            prober["grpc"] = call
        } else {
            return nil
        }
        if let timeout = probe["timeoutSeconds"]?.integer, !isHook { prober["timeoutSeconds"] = .integer(timeout) }
        return prober
    }

    private func resolve(_ port: JSONValue?, _ ports: [JSONValue]) -> Int64? {
        guard let port else { return nil }
        if let number = port.integer { return number }
        guard let name = port.string else { return nil }
        return ports.first { $0["name"]?.string == name }?["containerPort"]?.integer ?? Int64(name)
    }

    private func tell(_ probers: [String: JSONValue], to pod: inout KubernetesObject) {
        let variable = ProxyEnvironmentVariables.variable(Self.variable, JSONValue.object(probers).jsonText)
        for list in ["containers", "initContainers"] {
            guard var containers = pod["spec", list]?.array,
                let index = containers.firstIndex(where: { $0["name"]?.string == SidecarTemplate.proxyName })
            else { continue }
            var environment = containers[index]["env"]?.array ?? []
            environment.removeAll { $0["name"]?.string == Self.variable }
            containers[index]["env"] = .array(environment + [variable])
            pod["spec", list] = .array(containers)
        }
    }
}
