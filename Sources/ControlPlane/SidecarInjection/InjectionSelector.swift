package import KubernetesAPI

/// One of the webhooks that ask for injection: which namespaces and which pods it takes.
///
/// The API server matches them before it calls; `kube-inject` and tests match them here.
package struct InjectionSelector: Sendable, Hashable {
    /// First part of the webhook's name, such as `rev.namespace`.
    package var name: String
    package var namespaces: LabelSelector
    package var pods: LabelSelector

    /// Istio's four webhooks; the two without a revision only belong to the default one.
    package static func all(revision: String) -> [InjectionSelector] {
        let injection = "istio-injection"
        let rev = "istio.io/rev"
        let inject = "sidecar.istio.io/inject"
        let notRefused = LabelSelector.Requirement.notIn(key: inject, values: ["false"])
        var selectors = [
            InjectionSelector(
                name: "rev.namespace",
                namespaces: LabelSelector(requirements: [
                    .isIn(key: rev, values: [revision]), .doesNotExist(key: injection),
                ]),
                pods: LabelSelector(requirements: [notRefused])
            ),
            InjectionSelector(
                name: "rev.object",
                namespaces: LabelSelector(requirements: [.doesNotExist(key: rev), .doesNotExist(key: injection)]),
                pods: LabelSelector(requirements: [notRefused, .isIn(key: rev, values: [revision])])
            ),
        ]
        guard revision == InjectionSettings.defaultRevision else { return selectors }
        selectors += [
            InjectionSelector(
                name: "namespace",
                namespaces: LabelSelector(requirements: [.isIn(key: injection, values: ["enabled"])]),
                pods: LabelSelector(requirements: [notRefused])
            ),
            InjectionSelector(
                name: "object",
                namespaces: LabelSelector(requirements: [.doesNotExist(key: injection), .doesNotExist(key: rev)]),
                pods: LabelSelector(requirements: [.isIn(key: inject, values: ["true"]), .doesNotExist(key: rev)])
            ),
        ]
        return selectors
    }

    /// `sidecarInjectorWebhook.enableNamespacesByDefault`: namespaces that say nothing are injected.
    package static let auto = InjectionSelector(
        name: "auto",
        namespaces: LabelSelector(requirements: [
            .doesNotExist(key: "istio-injection"), .doesNotExist(key: "istio.io/rev"),
            .notIn(key: "kubernetes.io/metadata.name", values: InjectionPolicy.systemNamespaces),
        ]),
        pods: LabelSelector(requirements: [
            .doesNotExist(key: "sidecar.istio.io/inject"), .doesNotExist(key: "istio.io/rev"),
        ])
    )

    /// Whether these labels are selected.
    package func matches(namespace: [String: String], pod: [String: String]) -> Bool {
        namespaces.matches(namespace) && pods.matches(pod)
    }
}

extension LabelSelector {
    /// `LabelSelector` as JSON, requirements as `matchExpressions`.
    package var matchExpressionsJSON: JSONValue {
        let expressions = requirements.map { requirement -> JSONValue in
            func expression(_ key: String, _ name: String, _ values: Set<String>? = nil) -> JSONValue {
                var json: JSONValue = ["key": .string(key), "operator": .string(name)]
                if let values { json["values"] = .array(values.sorted().map { .string($0) }) }
                return json
            }
            return switch requirement {
            case .isIn(let key, let values): expression(key, "In", values)
            case .notIn(let key, let values): expression(key, "NotIn", values)
            case .exists(let key): expression(key, "Exists")
            case .doesNotExist(let key): expression(key, "DoesNotExist")
            }
        }
        return ["matchExpressions": .array(expressions)]
    }
}
