import KubernetesAPI

/// Keeps the ServiceAccount `default` in every namespace that is not being deleted.
struct ServiceAccountController: Controller {
    let name = "service-account-controller"
    let types: Set<ResourceType> = [.namespaces, .serviceAccounts]

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        guard let object = change.object else { return [] }
        if change.type == .namespaces { return [object.objectName] }
        return object.name == "default" && change.new == nil ? [ObjectName(name: object.namespace)] : []
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        let name = ObjectName(namespace: key.name, name: "default")
        guard situation.cache.isActive(namespace: key), situation.cache.object(.serviceAccounts, name) == nil else {
            return .nothing
        }
        return Decision([.create(.serviceAccounts, KubernetesObject(.serviceAccounts, name), nil)])
    }
}

/// Publishes the cluster's root certificates in every namespace as the ConfigMap `kube-root-ca.crt`.
struct RootCertificateController: Controller {
    let name = "root-ca-certificate-publisher-controller"
    let types: Set<ResourceType> = [.namespaces, .configMaps]
    /// PEM.
    var certificates: String

    private static let configMap = "kube-root-ca.crt"

    func keys(_ change: ObjectChange, _ situation: Situation) -> [ObjectName] {
        guard let object = change.object else { return [] }
        if change.type == .namespaces { return [object.objectName] }
        return object.name == Self.configMap ? [ObjectName(name: object.namespace)] : []
    }

    func decide(_ key: ObjectName, _ situation: Situation) -> Decision {
        let name = ObjectName(namespace: key.name, name: Self.configMap)
        guard situation.cache.isActive(namespace: key) else { return .nothing }
        let data: JSONValue = ["ca.crt": .string(certificates)]
        if let present = situation.cache.object(.configMaps, name) {
            guard present["data"] != data else { return .nothing }
            return Decision([.patch(.configMaps, name, ["data": data], nil)])
        }
        var object = KubernetesObject(.configMaps, name)
        object.annotations = [
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using"
                + " internal endpoints such as the internal service IP or kubernetes.default.svc."
        ]
        object["data"] = data
        return Decision([.create(.configMaps, object, nil)])
    }
}

extension ObjectCache {
    /// Whether the namespace is there and not being deleted.
    func isActive(namespace key: ObjectName) -> Bool {
        object(.namespaces, key).map { $0.deletionTimestamp == nil } ?? false
    }
}
