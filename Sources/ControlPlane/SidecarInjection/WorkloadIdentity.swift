package import KubernetesAPI

/// The workload a pod belongs to, as `ISTIO_META_WORKLOAD_NAME` and `ISTIO_META_OWNER` tell it.
package struct WorkloadIdentity: Sendable, Hashable {
    package var name: String
    package var namespace: String
    /// `v1`, `apps/v1`, `batch/v1`.
    package var apiVersion: String
    /// `Deployment`; `Pod` for a pod without an owner.
    package var kind: String

    package init(name: String, namespace: String, apiVersion: String, kind: String) {
        self.name = name
        self.namespace = namespace
        self.apiVersion = apiVersion
        self.kind = kind
    }

    /// Tells the workload from the pod's controlling owner.
    ///
    /// A ReplicaSet named after the pod's template hash stands for its Deployment, a Job named after a scheduled
    /// minute for its CronJob: admission sees the pod before it could ask for the owner's owner.
    package init(pod: KubernetesObject, namespace: String) {
        self.namespace = namespace
        guard let owner = pod.ownerReferences.first(where: \.isController) else {
            name = pod.name.isEmpty ? Self.name(generatedFrom: pod) : pod.name
            apiVersion = "v1"
            kind = "Pod"
            return
        }
        name = owner.name
        apiVersion = owner.apiVersion
        kind = owner.kind
        if kind == "ReplicaSet", let hash = pod.labels["pod-template-hash"], name.hasSuffix("-\(hash)") {
            name = String(name.dropLast(hash.count + 1))
            kind = "Deployment"
        } else if kind == "ReplicationController", let config = pod.labels["deploymentconfig"] {
            name = config
            apiVersion = "apps.openshift.io/v1"
            kind = "DeploymentConfig"
        } else if kind == "Job", let dash = name.lastIndex(of: "-") {
            let minute = name[name.index(after: dash)...]
            if (8...10).contains(minute.count), minute.allSatisfy({ ("0"..."9").contains($0) }) {
                name = String(name[..<dash])
                kind = "CronJob"
            }
        }
    }

    private static func name(generatedFrom pod: KubernetesObject) -> String {
        let text = pod["metadata", "generateName"]?.string ?? ""
        return text.hasSuffix("-") ? String(text.dropLast()) : text
    }

    /// `kubernetes://apis/apps/v1/namespaces/default/deployments/reviews`.
    var owner: String {
        "kubernetes://apis/\(apiVersion)/namespaces/\(namespace)/\(kind.lowercased())s/\(name)"
    }

    /// `service.istio.io/canonical-name`: at most 63 bytes.
    func canonicalName(labels: [String: String]) -> String {
        let text =
            labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? labels["app"] ?? name
        return String(decoding: text.utf8.prefix(63), as: UTF8.self).trimmedToLabelEnd
    }

    /// `service.istio.io/canonical-revision`.
    static func canonicalRevision(labels: [String: String]) -> String {
        labels["service.istio.io/canonical-revision"] ?? labels["app.kubernetes.io/version"] ?? labels["version"]
            ?? "latest"
    }
}

extension String {
    /// Without dashes, dots and underscores at the end, which a label's value must not have there.
    fileprivate var trimmedToLabelEnd: String {
        var text = self[...]
        while let last = text.last, "-._".contains(last) { text = text.dropLast() }
        return String(text)
    }
}
