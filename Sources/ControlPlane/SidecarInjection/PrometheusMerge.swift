import KubernetesAPI

/// The application's metrics are scraped through the proxy: its annotations go to the proxy, ours to the pod. Pure.
struct PrometheusMerge: Sendable {
    let context: TemplateContext

    func apply(to pod: inout KubernetesObject) {
        let answer = context.annotations["prometheus.istio.io/merge-metrics"]
        guard answer.map({ $0 == "true" }) ?? context.settings.mergesPrometheus, context.statusPort != 0 else { return }
        var annotations = pod.annotations
        if Self.value("scrape", annotations) == "false" { return }
        let port = String(context.statusPort)
        if Self.value("port", annotations) == port { return }
        let scrape = Self.value("scrape", annotations)
        let path = Self.value("path", annotations)
        let own = Self.value("port", annotations)
        if scrape != nil || path != nil || own != nil {
            let text: JSONValue = [
                "scrape": .string(scrape ?? ""), "path": .string(path ?? ""), "port": .string(own ?? ""),
            ]
            add(ProxyEnvironmentVariables.variable("ISTIO_PROMETHEUS_ANNOTATIONS", text.jsonText), to: &pod)
        }
        // Of `prometheus.io/port` and `prometheus.io.port` Prometheus would take either.
        for name in annotations.keys where ["scrape", "port", "path"].contains(where: { Self.is(name, $0) }) {
            annotations[name] = nil
        }
        annotations["prometheus.io/scrape"] = "true"
        annotations["prometheus.io/port"] = port
        annotations["prometheus.io/path"] = "/stats/prometheus"
        pod.annotations = annotations
    }

    private func add(_ variable: JSONValue, to pod: inout KubernetesObject) {
        for list in ["containers", "initContainers"] {
            guard var containers = pod["spec", list]?.array,
                let index = containers.firstIndex(where: { $0["name"]?.string == SidecarTemplate.proxyName })
            else { continue }
            containers[index]["env"] = .array((containers[index]["env"]?.array ?? []) + [variable])
            pod["spec", list] = .array(containers)
        }
    }

    /// Prometheus reads every character but letters, digits and `_` as `_`.
    private static func `is`(_ name: String, _ what: String) -> Bool {
        let isPlain: (Character) -> Bool = { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return String(name.map { isPlain($0) ? $0 : "_" }) == "prometheus_io_\(what)"
    }

    private static func value(_ what: String, _ annotations: [String: String]) -> String? {
        annotations.sorted { $0.key < $1.key }.first { Self.is($0.key, what) }?.value
    }
}
