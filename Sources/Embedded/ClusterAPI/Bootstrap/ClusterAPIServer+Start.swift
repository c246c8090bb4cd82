import ClusterSchema
import ClusterStore
package import KubernetesAPI

extension ClusterAPIServer {
    /// Reads what is stored and makes what every cluster has; call it once, before anything else.
    ///
    /// Namespaces, roles and their bindings, the Services `kubernetes` and `kube-dns`. What is there already stays as
    /// it is, so that a user's changes outlive a restart.
    package func start() async throws(StatusError) {
        for crd in try await all("apiextensions.k8s.io", "customresourcedefinitions") { serve(crd) }
        for service in try await all("", "services") {
            if let address = service["spec", "clusterIP"]?.string { _ = addresses.take(address) }
            for port in service["spec", "ports"]?.array ?? [] {
                if let number = port["nodePort"]?.integer { _ = addresses.take(port: number) }
            }
        }
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            try await ensure(KubernetesObject(.namespaces, ObjectName(name: name)))
            await furnish(namespace: name)
        }
        for object in DefaultRoles.objects { try await ensure(object) }
        try await ensure(DefaultServices.kubernetes(configuration))
        try await ensure(DefaultServices.dns)
        try await ensureEndpoint()
    }

    private func ensure(_ object: KubernetesObject) async throws(StatusError) {
        guard let definition = catalog.definition(apiVersion: object.apiVersion, kind: object.kind) else {
            throw StatusError(.internalError, "\(object.apiVersion) \(object.kind) is not served")
        }
        let place = object.objectName
        guard await stored(definition.type, place) == nil else { return }
        let context = WriteContext(user: .system("kube-apiserver"), fieldManager: "kube-apiserver")
        do {
            _ = try await create(object.json, Target(definition, namespace: place.namespace), context)
        } catch {
            if error.reason != .alreadyExists { throw error }
        }
    }

    /// The objects that follow the configuration: the address of a later start may be another.
    private func ensureEndpoint() async throws(StatusError) {
        let context = WriteContext(user: .system("kube-apiserver"), fieldManager: "kube-apiserver")
        for (wanted, fields) in [
            (DefaultServices.kubernetesEndpoints(configuration), ["endpoints", "ports"]),
            (DefaultServices.kubernetesAddresses(configuration), ["subsets"]),
        ] {
            try await ensure(wanted)
            guard let definition = catalog.definition(apiVersion: wanted.apiVersion, kind: wanted.kind) else {
                continue
            }
            let target = Target(definition, namespace: wanted.namespace, name: wanted.name)
            _ = try await change(target, context) { old throws(StatusError) in
                var object = KubernetesObject(old)
                for field in fields { object[field] = wanted[field] }
                return object.json
            }
        }
    }
}
