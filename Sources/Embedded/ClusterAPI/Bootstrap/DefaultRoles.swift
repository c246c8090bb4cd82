import KubernetesAPI

/// The ClusterRoles and bindings that Kubernetes makes at its first start, as far as this cluster's components and
/// users need them.
enum DefaultRoles {
    static var objects: [KubernetesObject] { roles + bindings }

    private static let readVerbs = ["get", "list", "watch"]
    private static let writeVerbs = ["create", "delete", "deletecollection", "patch", "update"]

    private static func rule(_ groups: [String], _ resources: [String], _ verbs: [String]) -> PolicyRule {
        var rule = PolicyRule()
        rule.apiGroups = groups
        rule.resources = resources
        rule.verbs = verbs
        return rule
    }

    private static func paths(_ paths: [String], _ verbs: [String]) -> PolicyRule {
        var rule = PolicyRule()
        rule.nonResourceURLs = paths
        rule.verbs = verbs
        return rule
    }

    private static func role(
        _ name: String,
        _ rules: [PolicyRule],
        labels: [String: String] = [:],
        aggregates: [String] = []
    ) -> KubernetesObject {
        var role = KubernetesObject([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": [:],
        ])
        role.name = name
        role.labels = labels.merging(["kubernetes.io/bootstrapping": "rbac-defaults"]) { own, _ in own }
        role["rules"] = .array(rules.map(\.json))
        if !aggregates.isEmpty {
            role["aggregationRule"] = [
                "clusterRoleSelectors": .array(
                    aggregates.map { ["matchLabels": ["rbac.authorization.k8s.io/\($0)": "true"]] }
                )
            ]
        }
        return role
    }

    private static func aggregate(_ to: String) -> [String: String] {
        ["rbac.authorization.k8s.io/aggregate-to-\(to)": "true"]
    }

    private static let workloads = [
        "daemonsets", "deployments", "deployments/scale", "replicasets", "replicasets/scale", "statefulsets",
        "statefulsets/scale",
    ]

    private static var roles: [KubernetesObject] {
        let core = [
            "configmaps", "endpoints", "events", "persistentvolumeclaims", "pods", "replicationcontrollers",
            "serviceaccounts",
            "services",
        ]
        let viewed = [
            rule(
                [""],
                core + ["namespaces", "namespaces/status", "pods/log", "pods/status", "services/status"],
                readVerbs
            ),
            rule(["apps"], workloads + ["controllerrevisions"], readVerbs),
            rule(["batch"], ["jobs", "cronjobs"], readVerbs),
            rule(["autoscaling"], ["horizontalpodautoscalers"], readVerbs),
            rule(["discovery.k8s.io"], ["endpointslices"], readVerbs),
            rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], readVerbs),
            rule(["policy"], ["poddisruptionbudgets"], readVerbs),
        ]
        let edited = [
            rule(
                [""],
                ["secrets", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy", "services/proxy"],
                readVerbs
            ),
            rule([""], ["serviceaccounts"], ["impersonate"]),
            rule([""], core + ["secrets", "pods/attach", "pods/exec", "pods/portforward", "pods/proxy"], writeVerbs),
            rule([""], ["pods/eviction", "serviceaccounts/token"], ["create"]),
            rule(["apps"], workloads, writeVerbs), rule(["batch"], ["jobs", "cronjobs"], writeVerbs),
            rule(["autoscaling"], ["horizontalpodautoscalers"], writeVerbs),
            rule(["networking.k8s.io"], ["ingresses", "networkpolicies"], writeVerbs),
            rule(["coordination.k8s.io"], ["leases"], readVerbs + writeVerbs),
        ]
        return [
            role("cluster-admin", [rule(["*"], ["*"], ["*"]), paths(["*"], ["*"])]),
            role("admin", [], aggregates: ["aggregate-to-admin", "aggregate-to-edit", "aggregate-to-view"]),
            role("edit", [], aggregates: ["aggregate-to-edit", "aggregate-to-view"]),
            role("view", [], aggregates: ["aggregate-to-view"]),
            role(
                "system:aggregate-to-admin",
                [
                    rule(["authorization.k8s.io"], ["localsubjectaccessreviews"], ["create"]),
                    rule(["rbac.authorization.k8s.io"], ["rolebindings", "roles"], readVerbs + writeVerbs),
                ],
                labels: aggregate("admin")
            ),
            role("system:aggregate-to-edit", edited, labels: aggregate("edit")),
            role("system:aggregate-to-view", viewed, labels: aggregate("view")),
            role(
                "system:discovery",
                [
                    paths(
                        [
                            "/api", "/api/*", "/apis", "/apis/*", "/healthz", "/livez", "/openapi", "/openapi/*",
                            "/readyz",
                            "/version", "/version/",
                        ],
                        ["get"]
                    )
                ]
            ),
            role(
                "system:public-info-viewer",
                [paths(["/healthz", "/livez", "/readyz", "/version", "/version/"], ["get"])]
            ),
            role(
                "system:basic-user",
                [
                    rule(
                        ["authorization.k8s.io"],
                        ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
                        ["create"]
                    ),
                    rule(["authentication.k8s.io"], ["selfsubjectreviews"], ["create"]),
                ]
            ),
            role(
                "system:service-account-issuer-discovery",
                [paths(["/.well-known/openid-configuration*", "/openid/v1/jwks*"], ["get"])]
            ),
            role(
                "system:auth-delegator",
                [
                    rule(["authentication.k8s.io"], ["tokenreviews"], ["create"]),
                    rule(["authorization.k8s.io"], ["subjectaccessreviews"], ["create"]),
                ]
            ),
        ]
    }

    private static var bindings: [KubernetesObject] {
        [
            binding("cluster-admin", "cluster-admin", group: "system:masters"),
            binding("system:discovery", "system:discovery", group: "system:authenticated"),
            binding("system:basic-user", "system:basic-user", group: "system:authenticated"),
            binding("system:public-info-viewer", "system:public-info-viewer", group: "system:unauthenticated"),
            binding(
                "system:service-account-issuer-discovery",
                "system:service-account-issuer-discovery",
                group: "system:serviceaccounts"
            ),
        ]
    }

    private static func binding(_ name: String, _ role: String, group: String) -> KubernetesObject {
        var binding = KubernetesObject([
            "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": [:],
            "roleRef": ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role)],
            "subjects": [["apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": .string(group)]],
        ])
        binding.name = name
        binding.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        return binding
    }
}
