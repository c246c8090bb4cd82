import KubernetesAPI

/// Waits for states of the cluster, with what is missing when it takes too long.
struct Waiting {
    let api: any KubernetesAPI
    let interval: Duration = .milliseconds(50)

    /// Until every Deployment has all its pods available.
    func forDeployments(in namespace: String, names: Set<String>? = nil, atMost limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        while true {
            let all = (try? await api.list(.deployments, ListOptions(namespace: namespace)))?.items ?? []
            let wanted = all.filter { names?.contains($0.name) ?? true }
            let late = wanted.filter { !Self.isAvailable($0) }
            if late.isEmpty, wanted.count >= names?.count ?? 0 { return }
            guard ContinuousClock.now < end else {
                throw ClusterError(
                    "\(late.map(\.name).sorted().joined(separator: ", ")) in \(namespace) did not become available",
                    remedy: try await reasons(namespace)
                )
            }
            try await Task.sleep(for: interval)
        }
    }

    /// Until the control plane wrote its authority into each: before that no webhook can be called.
    func forWebhooks(_ objects: [KubernetesObject], atMost limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        for object in objects {
            let isMutating = object.kind == "MutatingWebhookConfiguration"
            let type = isMutating ? ResourceType.mutatingWebhookConfigurations : .validatingWebhookConfigurations
            while true {
                let webhooks = (try? await api.get(type, object.objectName))?["webhooks"]?.array ?? []
                let isReady = webhooks.allSatisfy { $0[path: ["clientConfig", "caBundle"]]?.string?.isEmpty == false }
                if isReady, !webhooks.isEmpty { break }
                guard ContinuousClock.now < end else {
                    throw ClusterError(
                        "the control plane did not register its webhook \(object.name)",
                        remedy: "See `kubectl logs -n istio-system deploy/istiod`."
                    )
                }
                try await Task.sleep(for: interval)
            }
        }
    }

    private static func isAvailable(_ deployment: KubernetesObject) -> Bool {
        let wanted = deployment["spec", "replicas"]?.integer ?? 1
        let status = deployment["status"]
        return status?["observedGeneration"]?.integer ?? 0 >= deployment.generation
            && status?["updatedReplicas"]?.integer ?? 0 >= wanted
            && status?["availableReplicas"]?.integer ?? 0 >= wanted
    }

    /// Why pods wait, in the words of their containers' states.
    private func reasons(_ namespace: String) async throws -> String {
        let pods = (try? await api.list(.pods, ListOptions(namespace: namespace)))?.items ?? []
        var lines: [String] = []
        for pod in pods {
            let containers =
                (pod["status", "initContainerStatuses"]?.array ?? [])
                + (pod["status", "containerStatuses"]?.array ?? [])
            for container in containers where container["ready"]?.bool != true {
                for state in ["waiting", "terminated"] {
                    guard let why = container[path: ["state", state]], let reason = why["reason"]?.string,
                        reason != "Completed", reason != "PodInitializing"
                    else { continue }
                    let message = why["message"]?.string ?? ""
                    lines.append("\(pod.name)/\(container["name"]?.string ?? ""): \(reason) \(message)")
                }
            }
        }
        return lines.isEmpty ? "See `kubectl -n \(namespace) get pods`." : lines.joined(separator: "\n  ")
    }
}
