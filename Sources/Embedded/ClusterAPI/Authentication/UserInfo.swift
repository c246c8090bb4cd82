import KubernetesAPI

/// Who asks: `authentication.k8s.io/v1 UserInfo`.
package struct UserInfo: Sendable, Hashable {
    package var name: String
    package var uid: String
    package var groups: [String]
    /// Such as `authentication.kubernetes.io/pod-name` of a token bound to a pod.
    package var extra: [String: [String]]

    package init(name: String, uid: String = "", groups: [String] = [], extra: [String: [String]] = [:]) {
        self.name = name
        self.uid = uid
        self.groups = groups
        self.extra = extra
    }

    /// A component of the cluster itself, such as `kube-controller-manager`: may do everything.
    package static func system(_ component: String) -> UserInfo {
        UserInfo(name: "system:\(component)", groups: ["system:masters", "system:authenticated"])
    }

    static let anonymous = UserInfo(name: "system:anonymous", groups: ["system:unauthenticated"])

    static func serviceAccount(namespace: String, name: String, uid: String = "") -> UserInfo {
        UserInfo(
            name: "system:serviceaccount:\(namespace):\(name)",
            uid: uid,
            groups: ["system:serviceaccounts", "system:serviceaccounts:\(namespace)", "system:authenticated"]
        )
    }

    /// As reviews and AdmissionReviews carry it.
    var json: JSONValue {
        var json: JSONValue = ["username": .string(name), "groups": .array(groups.map { .string($0) })]
        if !uid.isEmpty { json["uid"] = .string(uid) }
        if !extra.isEmpty {
            json["extra"] = .object(extra.mapValues { .array($0.map { .string($0) }) })
        }
        return json
    }
}
