import ClusterSchema
import ClusterStore
import KubernetesAPI
import Logging
import Synchronization

extension ClusterAPIServer {
    /// What Kubernetes itself changes in objects before webhooks see them.
    ///
    /// `isRepeated` after webhooks: a Service then keeps the addresses of the first time.
    func mutateBuiltIn(
        _ json: JSONValue,
        _ proposal: Proposal,
        isRepeated: Bool = false
    ) async throws(StatusError) -> JSONValue {
        let target = proposal.target
        guard target.subresource.isEmpty || target.subresource == "scale" else { return json }
        var json = json
        let isNew = proposal.operation == .create
        switch (target.type.group, target.type.plural) {
        case ("", "namespaces"):
            json[path: ["metadata", "labels", "kubernetes.io/metadata.name"]] = .string(target.name)
            if isNew {
                json[path: ["spec", "finalizers"]] = ["kubernetes"]
                json[path: ["status", "phase"]] = "Active"
            }
        case ("", "pods") where isNew:
            let name = PodAdmission.accountName(json)
            guard let account = await stored(.serviceAccounts, ObjectName(namespace: target.namespace, name: name))
            else {
                throw StatusError(
                    .forbidden,
                    "pods \"\(target.name)\" is forbidden: error looking up service account \(target.namespace)/\(name): "
                        + "serviceaccount \"\(name)\" not found"
                ).about(.pods, target.name)
            }
            json = PodAdmission.mutate(json, account: account)
            json["status"] = PodAdmission.initialStatus(json)
        case ("", "services") where !isRepeated: json = try mutateService(json, proposal)
        case ("", "secrets"): Self.encodeStringData(&json)
        case ("apiextensions.k8s.io", "customresourcedefinitions"):
            json["status"] = CustomDefinitions.status(json, now: clock(), old: proposal.old)
            if isNew { Self.addFinalizer(CustomDefinitions.finalizer, &json) }
        default: break
        }
        return json
    }

    /// `stringData` is how people write a Secret; it is kept as `data`.
    private static func encodeStringData(_ json: inout JSONValue) {
        if json["type"] == nil { json["type"] = "Opaque" }
        guard let texts = json["stringData"]?.object else { return }
        for (name, text) in texts {
            json[path: ["data", name]] = .string(Base64.encode((text.string ?? "").utf8))
        }
        json["stringData"] = nil
    }

    static func addFinalizer(_ finalizer: String, _ json: inout JSONValue) {
        var object = KubernetesObject(json)
        if !object.finalizers.contains(finalizer) { object.finalizers.append(finalizer) }
        json = object.json
    }

    /// What Kubernetes itself refuses beyond schemas; answers warnings.
    func validateBuiltIn(_ json: JSONValue, _ proposal: Proposal) async throws(StatusError) -> [String] {
        let target = proposal.target
        guard target.subresource.isEmpty else { return [] }
        let object = KubernetesObject(json)
        try await checkEscalation(proposal.context.user, object, target.type)
        switch target.type {
        case .customResourceDefinitions:
            var trial = catalog
            try trial.set(object)
            return trial.warnings(crdNamed: object.name)
        case .mutatingWebhookConfigurations, .validatingWebhookConfigurations:
            return WebhookConfiguration.warnings(object)
        default: return proposal.operation == .create ? StoredOnlyKinds.warning(target.type).map { [$0] } ?? [] : []
        }
    }

    /// After a write: what is remembered of such objects is read again.
    func written(_ target: Target, _ json: JSONValue, old: JSONValue?) async {
        changed(target)
        switch target.type {
        case .services: if let old { releaseAddresses(old, kept: json, target) }
        case .namespaces where old == nil: await furnish(namespace: target.name)
        default: break
        }
        if target.type == .customResourceDefinitions, json[path: ["metadata", "deletionTimestamp"]] != nil {
            await removeInstances(of: KubernetesObject(json))
        }
    }

    /// After a removal.
    func removed(_ target: Target, _ json: JSONValue) async {
        changed(target)
        // Again: a write that this removal overtook may have announced the kind in between.
        announce(target, nil)
        if target.type == .services { releaseAddresses(json, target) }
        if target.definition.isCustom { await finishDefinition(of: target) }
    }

    private func changed(_ target: Target) {
        switch target.type.group {
        case Self.rbacGroup: roles.forget()
        case "admissionregistration.k8s.io": webhooks.forget()
        default: break
        }
    }

    /// What every namespace has from its first moment, so that a pod right behind it finds its account.
    func furnish(namespace: String) async {
        let context = WriteContext(user: .system("kube-controller-manager"), fieldManager: "kube-controller-manager")
        let account = KubernetesObject(.serviceAccounts, ObjectName(namespace: namespace, name: "default"))
        var authority = KubernetesObject(.configMaps, ObjectName(namespace: namespace, name: "kube-root-ca.crt"))
        authority["data", "ca.crt"] = .string(credentials.authority)
        for (object, type) in [(account, ResourceType.serviceAccounts), (authority, .configMaps)] {
            guard let definition = catalog.definition(type) else { continue }
            do {
                _ = try await create(object.json, Target(definition, namespace: namespace), context)
            } catch {
                if error.reason != .alreadyExists {
                    logger.warning("\(type.kind) \(object.objectName) was not made: \(error.message)")
                }
            }
        }
    }
}
