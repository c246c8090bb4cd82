import KubernetesAPI

/// Which containers start before which. Pure.
struct ContainerOrder: Sendable {
    /// Names of init containers that run before a native sidecar, separated by commas.
    static let annotation = "sidecar.istio.io/init-containers-before-proxy"

    /// The application's containers wait for the proxy.
    let isProxyFirst: Bool
    /// The annotation's value.
    let before: String

    func apply(to pod: inout KubernetesObject) {
        let proxy = SidecarTemplate.proxyName
        reorder(&pod, "containers", first: isProxyFirst ? [proxy] : [], last: isProxyFirst ? [] : [proxy])
        let isNative = pod["spec", "initContainers"]?.array?.contains { $0["name"]?.string == proxy } ?? false
        if isNative {
            // The other init containers are part of the mesh.
            let earlier = before.split(separator: ",").map { String($0.filter { $0 != " " }) }
            let capture = [SidecarTemplate.validationName, SidecarTemplate.initializationName]
            reorder(&pod, "initContainers", first: earlier + capture + [proxy], last: [])
        } else {
            // Before the rules are in place the other init containers reach the network as they always did.
            reorder(
                &pod,
                "initContainers",
                first: [SidecarTemplate.validationName],
                last: [SidecarTemplate.initializationName]
            )
        }
    }

    private func reorder(_ pod: inout KubernetesObject, _ list: String, first: [String], last: [String]) {
        guard let containers = pod["spec", list]?.array else { return }
        func named(_ names: [String]) -> [JSONValue] {
            names.flatMap { name in containers.filter { $0["name"]?.string == name } }
        }
        let moved = Set(first + last)
        let others = containers.filter { !moved.contains($0["name"]?.string ?? "") }
        pod["spec", list] = .array(named(first) + others + named(last))
    }
}
