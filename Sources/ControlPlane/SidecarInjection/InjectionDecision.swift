package import KubernetesAPI

/// What injection does with one pod.
package enum InjectionDecision: Sendable, Hashable {
    /// The pod is left as it is.
    case skip(SkipReason)
    /// The pod gets a proxy.
    case inject(Injection)
}

/// A pod with its proxy.
package struct Injection: Sendable, Hashable {
    /// The pod as it becomes.
    package var pod: KubernetesObject
    /// RFC 6902 operations from the pod as it was to ``pod``: an array, as `AdmissionResponse.patch` carries it.
    package var patch: JSONValue
    /// What the pod's author should know; shown by the client that created it.
    package var warnings: [String]
}

/// Why a pod is left alone.
package enum SkipReason: Sendable, Hashable, CustomStringConvertible {
    case hostNetwork
    case systemNamespace(String)
    case alreadyInjected
    /// The label or annotation `sidecar.istio.io/inject` says so.
    case refusedByPod
    /// Labels of namespace and pod ask for no proxy, or for one of another revision.
    case notSelected
    /// `neverInjectSelector` of the injector's configuration.
    case neverInjectSelector
    /// The policy is `disabled` and the pod does not ask.
    case policyDisabled

    package var description: String {
        switch self {
        case .hostNetwork: "the pod uses the host's network"
        case .systemNamespace(let name): "nothing is injected in namespace \(name)"
        case .alreadyInjected: "the pod has been injected"
        case .refusedByPod: "sidecar.istio.io/inject says no"
        case .notSelected: "neither the namespace's labels nor the pod's ask for injection by this revision"
        case .neverInjectSelector: "the pod's labels match neverInjectSelector"
        case .policyDisabled: "the policy is disabled and the pod does not ask for injection"
        }
    }
}

/// Why a pod cannot be injected; the pod is to be refused with these words.
package struct InjectionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// One fault each, naming what is wrong and what is allowed.
    package var faults: [String]

    package var description: String { faults.joined(separator: "; ") }

    package init(_ faults: [String]) { self.faults = faults }
}

/// A pod that may be injected and where it will live.
package struct InjectionRequest: Sendable {
    package var pod: KubernetesObject
    /// The namespace the pod is created in; its own metadata may not name it.
    package var namespace: String
    /// Labels of that namespace; nil when whoever asks has matched the webhooks' selectors already.
    package var namespaceLabels: [String: String]?
    /// Cluster of the proxy, from the path `/inject/cluster/NAME`; nil for the settings' one.
    package var cluster: String?
    /// Network of the proxy, from the path `/inject/net/NAME`; nil for the settings' one.
    package var network: String?
    /// The workload that makes the pod; nil to tell it from the pod's owner.
    package var workload: WorkloadIdentity?

    package init(
        pod: KubernetesObject,
        namespace: String,
        namespaceLabels: [String: String]? = nil,
        cluster: String? = nil,
        network: String? = nil,
        workload: WorkloadIdentity? = nil
    ) {
        self.pod = pod
        self.namespace = namespace
        self.namespaceLabels = namespaceLabels
        self.cluster = cluster
        self.network = network
        self.workload = workload
    }
}
