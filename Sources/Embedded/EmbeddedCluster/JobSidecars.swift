import KubernetesAPI

/// Lets the sidecar of a Job see when the application has ended, so that it ends too.
///
/// It reads its own Pod by the pod's service account, which in a new cluster may read nothing. On this machine every
/// service account may `get` pods by name; on a shared cluster that is for its owner to decide.
enum JobSidecars {
    private static let name = "martlet-job-sidecars"
    private static let group = "rbac.authorization.k8s.io"

    static let objects: [KubernetesObject] = [
        KubernetesObject([
            "apiVersion": .string("\(group)/v1"), "kind": "ClusterRole", "metadata": ["name": .string(name)],
            "rules": [["apiGroups": [""], "resources": ["pods"], "verbs": ["get"]]],
        ]),
        KubernetesObject([
            "apiVersion": .string("\(group)/v1"), "kind": "ClusterRoleBinding", "metadata": ["name": .string(name)],
            "roleRef": ["apiGroup": .string(group), "kind": "ClusterRole", "name": .string(name)],
            "subjects": [["apiGroup": .string(group), "kind": "Group", "name": "system:serviceaccounts"]],
        ]),
    ]
}
