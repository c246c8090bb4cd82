package import KubernetesAPI

/// The webhook configurations that make an API server ask the control plane. Pure.
package enum WebhookManifests {
    /// `MutatingWebhookConfiguration` of a revision: pods are sent to `/inject` when they are created.
    ///
    /// The `caBundle` is left out: the control plane writes it when it starts.
    package static func mutating(
        revision: String = InjectionSettings.defaultRevision,
        namespace: String = "istio-system",
        injectsUnlabelledNamespaces: Bool = false
    ) -> KubernetesObject {
        var selectors = InjectionSelector.all(revision: revision)
        if injectsUnlabelledNamespaces { selectors.append(.auto) }
        var object = KubernetesObject(
            .mutatingWebhookConfigurations,
            ObjectName(name: mutatingName(revision: revision))
        )
        object.labels = ["app": "sidecar-injector", "istio.io/rev": revision]
        object["webhooks"] = .array(
            selectors.map { selector in
                var webhook = webhook(
                    "\(selector.name).sidecar-injector.istio.io",
                    path: "/inject",
                    revision: revision,
                    namespace: namespace
                )
                webhook["failurePolicy"] = "Fail"
                webhook["reinvocationPolicy"] = "Never"
                webhook["namespaceSelector"] = selector.namespaces.matchExpressionsJSON
                webhook["objectSelector"] = selector.pods.matchExpressionsJSON
                webhook["rules"] = [
                    ["operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]]
                ]
                return webhook
            }
        )
        return object
    }

    /// `ValidatingWebhookConfiguration` of a revision: Istio's objects are sent to `/validate`.
    ///
    /// It lets everything pass until the control plane, once it answers, writes `caBundle` and `failurePolicy: Fail`.
    package static func validating(
        revision: String = InjectionSettings.defaultRevision,
        namespace: String = "istio-system"
    ) -> KubernetesObject {
        var object = KubernetesObject(
            .validatingWebhookConfigurations,
            ObjectName(name: validatingName(revision: revision, namespace: namespace))
        )
        object.labels = ["app": "istiod", "istio": "istiod", "istio.io/rev": revision]
        var hooks: [(String, LabelSelector.Requirement)] = [
            ("rev.validation.istio.io", .isIn(key: "istio.io/rev", values: [revision]))
        ]
        if revision == InjectionSettings.defaultRevision {
            hooks.append(("validation.istio.io", .doesNotExist(key: "istio.io/rev")))
        }
        object["webhooks"] = .array(
            hooks.map { name, requirement in
                var webhook = webhook(name, path: "/validate", revision: revision, namespace: namespace)
                webhook["failurePolicy"] = "Ignore"
                webhook["objectSelector"] = LabelSelector(requirements: [requirement]).matchExpressionsJSON
                webhook["rules"] = [
                    [
                        "operations": ["CREATE", "UPDATE"],
                        "apiGroups": [
                            "security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io",
                        ],
                        "apiVersions": ["*"], "resources": ["*"],
                    ]
                ]
                return webhook
            }
        )
        return object
    }

    /// `istio-sidecar-injector`, with the revision's name for one that has one.
    package static func mutatingName(revision: String) -> String {
        revision == InjectionSettings.defaultRevision
            ? "istio-sidecar-injector" : "istio-sidecar-injector-\(revision)"
    }

    /// `istio-validator-istio-system`, with the revision's name for one that has one.
    package static func validatingName(revision: String, namespace: String = "istio-system") -> String {
        revision == InjectionSettings.defaultRevision
            ? "istio-validator-\(namespace)" : "istio-validator-\(revision)-\(namespace)"
    }

    private static func webhook(_ name: String, path: String, revision: String, namespace: String) -> JSONValue {
        let service = revision == InjectionSettings.defaultRevision ? "istiod" : "istiod-\(revision)"
        return [
            "name": .string(name), "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "clientConfig": [
                "service": [
                    "name": .string(service), "namespace": .string(namespace), "path": .string(path), "port": 443,
                ]
            ],
        ]
    }
}
