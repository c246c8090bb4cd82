import KubernetesAPI

extension PodTemplate {
    /// The annotation that keeps what the pod itself said of injected containers.
    static let overridesAnnotation = "proxy.istio.io/overrides"

    /// Lays this over a pod, then the pod's own containers of the same names over that.
    ///
    /// - Throws: when the annotation `proxy.istio.io/overrides` is not the JSON it should be.
    func merged(into pod: KubernetesObject) throws(InjectionError) -> KubernetesObject {
        var pod = pod
        var overrides = try Overrides(annotation: pod.annotations[Self.overridesAnnotation])
        var containers = pod["spec", "containers"]?.array ?? []
        var initContainers = pod["spec", "initContainers"]?.array ?? []
        let added = Set((self.containers + self.initContainers).compactMap { $0["name"]?.string })
        overrides.take(from: &containers, names: added, isInit: false)
        overrides.take(from: &initContainers, names: added, isInit: true)
        containers += self.containers.map(overrides.applied)
        initContainers += self.initContainers.map(overrides.applied)
        pod["spec", "containers"] = .array(containers)
        if !initContainers.isEmpty { pod["spec", "initContainers"] = .array(initContainers) }
        append(volumes, to: "volumes", of: &pod)
        append(imagePullSecrets, to: "imagePullSecrets", of: &pod)
        if securityContext != [:] {
            pod["spec", "securityContext"] = securityContext.merging(pod["spec", "securityContext"] ?? [:])
        }
        pod.labels = labels.merging(pod.labels) { $1 }
        // Which container kubectl shows is the author's choice.
        pod.annotations = pod.annotations.merging(annotations) { own, _ in own }
        if let rev = annotations["istio.io/rev"] { pod.annotations["istio.io/rev"] = rev }
        if let text = overrides.text { pod.annotations[Self.overridesAnnotation] = text }
        return pod
    }

    /// Adds what the pod has not by name; its own stays.
    private func append(_ additions: [JSONValue], to list: String, of pod: inout KubernetesObject) {
        guard !additions.isEmpty else { return }
        var present = pod["spec", list]?.array ?? []
        let names = Set(present.compactMap { $0["name"]?.string })
        present += additions.filter { !names.contains($0["name"]?.string ?? "") }
        pod["spec", list] = .array(present)
    }
}

/// What a pod itself says of containers that injection adds.
private struct Overrides {
    private var containers: [JSONValue] = []
    private var initContainers: [JSONValue] = []

    init(annotation text: String?) throws(InjectionError) {
        guard let text, !text.isEmpty else { return }
        let refusal = InjectionError([
            "annotation \(PodTemplate.overridesAnnotation): "
                + "must be JSON as {\"containers\": [...], \"initContainers\": [...]}"
        ])
        do {
            let json = try JSONValue(json: text)
            guard json.object != nil else { throw refusal }
            containers = json["containers"]?.array ?? []
            initContainers = json["initContainers"]?.array ?? []
        } catch {
            throw refusal
        }
    }

    /// Moves the containers of these names here.
    mutating func take(from list: inout [JSONValue], names: Set<String>, isInit: Bool) {
        func isNamed(_ container: JSONValue) -> Bool { container["name"]?.string.map(names.contains) ?? false }
        let taken = list.filter(isNamed)
        list.removeAll(where: isNamed)
        if isInit { initContainers += taken } else { containers += taken }
    }

    /// The template's container with what was said of it, wherever the author wrote it.
    func applied(_ container: JSONValue) -> JSONValue {
        (containers + initContainers).filter { $0["name"] == container["name"] }.reduce(container) {
            ContainerMerge.merge($1, over: $0)
        }
    }

    /// Nil when nothing was said.
    var text: String? {
        guard !containers.isEmpty || !initContainers.isEmpty else { return nil }
        var json: JSONValue = [:]
        if !containers.isEmpty { json["containers"] = .array(containers) }
        if !initContainers.isEmpty { json["initContainers"] = .array(initContainers) }
        return json.jsonText
    }
}
