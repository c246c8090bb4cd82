import ClusterSchema
import ClusterStore
import KubernetesAPI
import Logging
import Synchronization

/// What a CustomResourceDefinition says of itself once it is served.
enum CustomDefinitions {
    /// Its objects go before it does.
    static let finalizer = "customresourcecleanup.apiextensions.k8s.io"

    static func status(_ json: JSONValue, now: Timestamp, old: JSONValue?) -> JSONValue {
        let since =
            old?[path: ["status", "conditions"]]?.array?.first?["lastTransitionTime"] ?? .string(now.description)
        func condition(_ type: String, _ reason: String, _ message: String) -> JSONValue {
            [
                "type": .string(type), "status": "True", "lastTransitionTime": since, "reason": .string(reason),
                "message": .string(message),
            ]
        }
        var names = json[path: ["spec", "names"]] ?? [:]
        if names["singular"] == nil { names["singular"] = names["kind"]?.string.map { .string($0.lowercased()) } }
        if names["listKind"] == nil { names["listKind"] = names["kind"]?.string.map { .string($0 + "List") } }
        var stored = old?[path: ["status", "storedVersions"]]?.array ?? []
        for version in json[path: ["spec", "versions"]]?.array ?? [] where version["storage"]?.bool == true {
            if let name = version["name"], !stored.contains(name) { stored.append(name) }
        }
        return [
            "acceptedNames": names, "storedVersions": .array(stored),
            "conditions": [
                condition("NamesAccepted", "NoConflicts", "no conflicts found"),
                condition("Established", "InitialNamesAccepted", "the initial names have been accepted"),
            ],
        ]
    }
}

extension ClusterAPIServer {
    /// Before a write: a custom kind is served before anybody can hear of its definition, and not any more (nil) when
    /// they hear of its end, because whoever hears looks at discovery at once.
    func announce(_ target: Target, _ json: JSONValue?) {
        guard target.type == .customResourceDefinitions else { return }
        if let json {
            serve(KubernetesObject(json))
        } else {
            served.withLock { $0.remove(crdNamed: target.name) }
            documents.forget()
        }
    }

    /// The announced write did not happen: what is stored counts.
    func retract(_ target: Target) async {
        guard target.type == .customResourceDefinitions else { return }
        announce(target, await stored(.customResourceDefinitions, ObjectName(name: target.name))?.json)
    }

    /// Serves what a CustomResourceDefinition declares, from now on.
    func serve(_ definition: KubernetesObject) {
        do {
            var catalog = catalog
            try catalog.set(definition)
            served.withLock { served in
                // Again on the value of now: another definition may have come in between.
                try? served.set(definition)
            }
            documents.forget()
        } catch {
            logger.error("CustomResourceDefinition \(definition.name) is not served: \(error.message)")
        }
    }

    /// Deletes the objects of a CustomResourceDefinition that is going, then lets it go when none is held.
    func removeInstances(of crd: KubernetesObject) async {
        guard let definition = catalog.definitions.first(where: { Self.crdName($0) == crd.name }) else { return }
        let context = WriteContext(user: .system("apiextensions"))
        let target = Target(definition)
        if let page = try? await list(target, ListQuery()) {
            for object in page.objects {
                let one = Target(definition, namespace: object.key.namespace, name: object.key.name)
                _ = try? await delete(one, DeleteOptions(propagation: .background), context)
            }
        }
        await finishDefinition(of: target)
    }

    /// Takes the finalizer from a going CustomResourceDefinition that has no objects left.
    func finishDefinition(of target: Target) async {
        let name = Self.crdName(target.definition)
        guard let crd = await stored(.customResourceDefinitions, ObjectName(name: name)), crd.deletionTimestamp != nil,
            let list = try? await store.list(group: target.type.group, plural: target.type.plural, limit: 1),
            list.objects.isEmpty, let definition = catalog.definition(.customResourceDefinitions)
        else { return }
        let context = WriteContext(user: .system("apiextensions"))
        _ = try? await change(Target(definition, name: name), context) { old throws(StatusError) in
            var object = KubernetesObject(old)
            object.finalizers = object.finalizers.filter { $0 != CustomDefinitions.finalizer }
            return object.json
        }
    }

    private static func crdName(_ definition: ResourceDefinition) -> String {
        definition.isCustom ? definition.type.groupResource : ""
    }
}
