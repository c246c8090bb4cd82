import ClusterSchema
import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    /// `POST` to a subresource: `pods/binding`, `pods/eviction`, `serviceaccounts/token`.
    func createSubresource(
        _ body: JSONValue,
        _ target: Target,
        _ context: WriteContext
    ) async throws(StatusError) -> Answer {
        switch (target.type.plural, target.subresource) {
        case ("pods", "binding"): return try await bind(body, target, context)
        case ("pods", "eviction"): return try await evict(body, target, context)
        case ("serviceaccounts", "token"):
            let place = ObjectName(namespace: target.namespace, name: target.name)
            return Answer(object: try await issueToken(place, body), code: 201)
        default: throw .unknownResource
        }
    }

    /// The scheduler's word: the pod runs on this node.
    private func bind(_ body: JSONValue, _ target: Target, _ context: WriteContext) async throws(StatusError) -> Answer
    {
        guard let node = body[path: ["target", "name"]]?.string, !node.isEmpty else {
            throw StatusError(.invalid, "Binding \"\(target.name)\" is invalid: target.name: Required value")
        }
        var pods = target
        pods.subresource = ""
        let now = clock().description
        for _ in 0..<Self.attempts {
            let stored = try await read(pods)
            var pod = KubernetesObject(stored.json)
            guard pod.deletionTimestamp == nil else {
                throw .conflict(pods.type, pods.name, "pod \(pods.name) is being deleted, cannot be assigned to a host")
            }
            let assigned = pod["spec", "nodeName"]?.string ?? ""
            guard assigned.isEmpty else {
                throw .conflict(pods.type, pods.name, "pod \(pods.name) is already assigned to node \"\(assigned)\"")
            }
            pod["spec", "nodeName"] = .string(node)
            var conditions = (pod["status", "conditions"]?.array ?? []).filter { $0["type"] != "PodScheduled" }
            conditions.append(
                ["type": "PodScheduled", "status": "True", "lastProbeTime": nil, "lastTransitionTime": .string(now)])
            pod["status", "conditions"] = .array(conditions)
            if !context.isDryRun {
                do {
                    let result = try await store.write(stored.key, pod.json, expecting: .revision(stored.revision))
                    await written(pods, result.json, old: stored.json)
                } catch {
                    if case .conflict = error { continue }
                    throw StatusError(error, pods.type, pods.name)
                }
            }
            return Answer(
                object: ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"],
                code: 201
            )
        }
        throw .modified(pods.type, pods.name)
    }

    /// A deletion by another name: the embedded cluster keeps no disruption budgets.
    private func evict(_ body: JSONValue, _ target: Target, _ context: WriteContext) async throws(StatusError) -> Answer
    {
        var pods = target
        pods.subresource = ""
        _ = try await delete(pods, DeleteOptions(json: body["deleteOptions"] ?? [:]), context)
        return Answer(object: ["kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success"], code: 201)
    }
}

extension DeleteOptions {
    /// `meta.k8s.io/v1 DeleteOptions`.
    init(json: JSONValue) {
        self.init(
            propagation: json["propagationPolicy"]?.string.flatMap(Propagation.init),
            gracePeriodSeconds: json["gracePeriodSeconds"]?.integer,
            uid: json[path: ["preconditions", "uid"]]?.string,
            resourceVersion: json[path: ["preconditions", "resourceVersion"]]?.string
        )
        if propagation == nil, let orphan = json["orphanDependents"]?.bool {
            propagation = orphan ? .orphan : .background
        }
    }
}
