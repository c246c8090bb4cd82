import KubernetesAPI

/// Whether a pod gets a proxy. Pure.
struct InjectionPolicy: Sendable, Hashable {
    /// `policy` of the injector's configuration.
    enum Mode: String, Sendable, CaseIterable { case enabled, disabled }

    /// Namespaces in which nothing is ever injected.
    static let systemNamespaces: Set<String> = ["kube-system", "kube-public", "kube-node-lease", "local-path-storage"]

    var mode = Mode.enabled
    var neverInject: [LabelSelector] = []
    var alwaysInject: [LabelSelector] = []
    /// `sidecarInjectorWebhook.enableNamespacesByDefault`.
    var injectsUnlabelledNamespaces = false

    /// The reason to leave the pod alone; nil to inject.
    ///
    /// The pod's label is asked before its annotation, that before `neverInjectSelector`, `alwaysInjectSelector` and
    /// the mode.
    func reasonToSkip(_ request: InjectionRequest, revision: String) -> SkipReason? {
        let pod = request.pod
        if pod["spec", "hostNetwork"]?.bool == true { return .hostNetwork }
        if Self.systemNamespaces.contains(request.namespace) { return .systemNamespace(request.namespace) }
        if InjectionStatus.isInjected(pod) { return .alreadyInjected }
        let labels = pod.labels
        let answer = (labels["sidecar.istio.io/inject"] ?? pod.annotations["sidecar.istio.io/inject"] ?? "")
            .lowercased()
        if !answer.isEmpty, !Self.affirmations.contains(answer) { return .refusedByPod }
        if let namespace = request.namespaceLabels {
            var selectors = InjectionSelector.all(revision: revision)
            if injectsUnlabelledNamespaces { selectors.append(.auto) }
            guard selectors.contains(where: { $0.matches(namespace: namespace, pod: labels) }) else {
                return .notSelected
            }
        }
        if !answer.isEmpty { return nil }
        if neverInject.contains(where: { !$0.requirements.isEmpty && $0.matches(labels) }) {
            return .neverInjectSelector
        }
        if alwaysInject.contains(where: { !$0.requirements.isEmpty && $0.matches(labels) }) { return nil }
        return mode == .enabled ? nil : .policyDisabled
    }

    private static let affirmations: Set<String> = ["y", "yes", "true", "on"]
}
