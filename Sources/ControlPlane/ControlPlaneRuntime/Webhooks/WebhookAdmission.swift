internal import KubernetesAPI
internal import MeshConfig
internal import SidecarInjection

/// What the webhooks decide. Pure.
enum WebhookAdmission {
    /// A pod with its proxy, or left as it is, or refused.
    static func inject(_ request: AdmissionRequest, path: String, injector: SidecarInjector) -> AdmissionAnswer {
        guard request.object["kind"]?.string == "Pod" else { return AdmissionAnswer() }
        let target = InjectionPath(path)
        let pod = KubernetesObject(request.object)
        let namespace = request.namespace.isEmpty ? pod.namespace : request.namespace
        do {
            let decision = try injector.decide(
                InjectionRequest(pod: pod, namespace: namespace, cluster: target.cluster, network: target.network)
            )
            switch decision {
            case .skip: return AdmissionAnswer()
            case .inject(let injection): return AdmissionAnswer(patch: injection.patch, warnings: injection.warnings)
            }
        } catch {
            return AdmissionAnswer(refusal: error.description)
        }
    }

    /// An object of the mesh is read as the control plane will read it: faults refuse it, the rest is told.
    static func validate(_ request: AdmissionRequest) -> AdmissionAnswer {
        guard request.operation == "CREATE" || request.operation == "UPDATE" else { return AdmissionAnswer() }
        let decoded = ObjectDecoder.decode(request.object.jsonBytes, file: "")
        var answer = AdmissionAnswer()
        var faults: [String] = []
        for diagnostic in decoded.diagnostics {
            let text = [diagnostic.path, diagnostic.message].filter { !$0.isEmpty }.joined(separator: ": ")
            if diagnostic.severity == .error { faults.append(text) } else { answer.warnings.append(text) }
        }
        if !faults.isEmpty { answer.refusal = faults.joined(separator: "; ") }
        return answer
    }
}

/// The path of the injection webhook: `/inject/cluster/NAME/net/NAME`, where `--slash--` stands for a slash.
struct InjectionPath: Sendable, Hashable {
    var cluster: String?
    var network: String?

    init(_ path: String) {
        let parts = path.split(separator: "/").dropFirst().map(String.init)
        for index in stride(from: 0, to: parts.count - 1, by: 2) {
            let value = Self.text(parts[index + 1])
            switch parts[index] {
            case "cluster": cluster = value
            case "net": network = value
            default: break
            }
        }
    }

    private static func text(_ part: String) -> String {
        var text = ""
        var rest = part[...]
        let mark = "--slash--"
        while let start = rest.firstRange(of: mark) {
            text += rest[..<start.lowerBound] + "/"
            rest = rest[start.upperBound...]
        }
        return text + rest
    }
}
