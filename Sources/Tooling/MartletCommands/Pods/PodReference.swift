import ArgumentParser
import KubernetesAPI
import KubernetesClient

/// A pod as commands name it: `POD`, `POD.NAMESPACE`, or a Deployment's name, also as `deploy/NAME`.
struct PodReference: Equatable {
    var name: ObjectName
    /// A workload is meant rather than a pod of that name.
    var isWorkload = false

    /// Reads the words of a command line; `namespace` is that of names without one.
    init(_ text: String, namespace: String) throws {
        var rest = text
        if let slash = text.firstIndex(of: "/") {
            switch text[..<slash] {
            case "pod", "pods", "po": break
            case "deploy", "deployment", "deployments", "deployment.apps": isWorkload = true
            default: throw ValidationError("\"\(text)\": must be POD[.NAMESPACE] or deploy/NAME[.NAMESPACE]")
            }
            rest = String(text[text.index(after: slash)...])
        }
        guard !rest.isEmpty, let name = try? ExplainCommand.podName(rest, namespace: namespace) else {
            throw ValidationError("\"\(text)\": must be POD[.NAMESPACE] or deploy/NAME[.NAMESPACE]")
        }
        self.name = name
    }

    /// The pod of that name, or the first of a workload's that has not ended; nil for none.
    func find(among pods: [KubernetesObject]) -> KubernetesObject? {
        let here = pods.filter { $0.namespace == name.namespace }
        if !isWorkload, let exact = here.first(where: { $0.name == name.name }) { return exact }
        return here.filter { pod in
            pod.name.hasPrefix("\(name.name)-") && !["Succeeded", "Failed"].contains(pod["status", "phase"]?.string)
        }.min { $0.name < $1.name }
    }

    /// The pod in a cluster; throws when there is none.
    func find(_ client: KubernetesClient) async throws -> KubernetesObject {
        let pods: [KubernetesObject]
        do {
            pods = try await client.list(.pods, ListOptions(namespace: name.namespace)).items
        } catch {
            throw CommandFailure("the pods of \(name.namespace) cannot be listed: \(error.message)")
        }
        guard let pod = find(among: pods) else {
            throw CommandFailure("there is no pod \(name.name) in namespace \(name.namespace)")
        }
        return pod
    }
}

extension KubernetesObject {
    /// Whether a pod has a proxy of the mesh beside its application.
    var hasProxy: Bool {
        let containers =
            (self["spec", "containers"]?.array ?? []) + (self["spec", "initContainers"]?.array ?? [])
        return containers.contains { $0["name"]?.string == "istio-proxy" }
    }
}
