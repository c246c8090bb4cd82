import KubernetesAPI
import Testing

@testable import SidecarInjection

/// Pods of tests and short ways to look at what they became.
enum InjectionFixture {
    static func pod(
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        spec: JSONValue = [:],
        container: JSONValue = [:]
    ) -> KubernetesObject {
        var pod = KubernetesObject(.pods, ObjectName(name: "reviews-v1-abc"))
        pod.labels = ["app": "reviews", "version": "v1"].merging(labels) { $1 }
        pod.annotations = annotations
        var app: JSONValue = [
            "name": "app", "image": "docker.io/istio/examples-bookinfo-reviews-v1:1.20.3",
            "ports": [["containerPort": 9080, "name": "http"]],
        ]
        for (name, value) in container.object ?? [:] { app[name] = value }
        var all = spec
        all["containers"] = .array([app] + (spec["containers"]?.array ?? []))
        pod["spec"] = all
        return pod
    }

    static func settings(
        values: JSONValue = [:],
        mesh: JSONValue = [:],
        native: Bool = false
    ) throws -> InjectionSettings {
        var sources = InjectionSources()
        sources.values = values
        sources.mesh = mesh
        sources.nodesSupportNativeSidecars = native
        return try InjectionSettings.make(sources).settings
    }

    static func inject(_ pod: KubernetesObject, _ settings: InjectionSettings = .standard) throws -> Injection {
        let decision = try SidecarInjector(settings).decide(InjectionRequest(pod: pod, namespace: "default"))
        guard case .inject(let injection) = decision else {
            throw SkippedPod(decision: decision)
        }
        return injection
    }

    struct SkippedPod: Error { var decision: InjectionDecision }
}

extension KubernetesObject {
    func names(_ list: String) -> [String] {
        (self["spec", list]?.array ?? []).compactMap { $0["name"]?.string }
    }

    func container(_ name: String) throws -> JSONValue {
        let all = (self["spec", "containers"]?.array ?? []) + (self["spec", "initContainers"]?.array ?? [])
        return try #require(all.first { $0["name"]?.string == name })
    }

    func proxy() throws -> JSONValue { try container("istio-proxy") }
}

extension JSONValue {
    /// Value of an environment variable of a container.
    func environment(_ name: String) -> String? {
        self["env"]?.array?.first { $0["name"]?.string == name }?["value"]?.string
    }

    var arguments: [String] { self["args"]?.array?.compactMap(\.string) ?? [] }

    /// What follows a flag among the arguments.
    func argument(after flag: String) -> String? {
        guard let index = arguments.firstIndex(of: flag) else { return nil }
        return arguments.dropFirst(index + 1).first
    }
}
