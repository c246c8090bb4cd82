import KubernetesAPI

/// The annotation `sidecar.istio.io/status`: what injection added to a pod.
enum InjectionStatus {
    static let annotation = "sidecar.istio.io/status"

    /// Whether the pod has its proxy; a status that was copied without the container does not count.
    static func isInjected(_ pod: KubernetesObject) -> Bool {
        guard pod.annotations[annotation] != nil else { return false }
        return ["containers", "initContainers"].contains { list in
            pod["spec", list]?.array?.contains { $0["name"]?.string == SidecarTemplate.proxyName } ?? false
        }
    }

    /// The annotation's value for what a template adds.
    static func text(of template: PodTemplate, revision: String) -> String {
        func names(_ list: [JSONValue]) -> JSONValue {
            let names = list.compactMap { $0["name"]?.string }
            return names.isEmpty ? .null : .array(names.map { .string($0) })
        }
        let status: JSONValue = [
            "initContainers": names(template.initContainers),
            "containers": names(template.containers),
            "volumes": names(template.volumes),
            "imagePullSecrets": names(template.imagePullSecrets),
            "revision": .string(revision),
        ]
        return status.jsonText
    }
}
