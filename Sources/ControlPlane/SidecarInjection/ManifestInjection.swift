package import KubernetesAPI

/// Injection of manifests that are not created yet, as `kube-inject` does it. Pure.
package struct ManifestInjection: Sendable {
    /// A document with its pods injected, and what to tell its author.
    package struct Result: Sendable, Hashable {
        package var document: JSONValue
        /// Whether any pod in it was injected.
        package var isChanged = false
        /// One line each: what was skipped and why, and what is to be known.
        package var notes: [String] = []
    }

    private let injector: SidecarInjector
    private let defaultNamespace: String
    private let namespaces: [String: [String: String]]?

    /// `namespaces` are the labels of the cluster's namespaces by name, which then decide; with nil every pod that does
    /// not refuse is injected. `defaultNamespace` is that of objects that name none.
    package init(
        _ injector: SidecarInjector,
        defaultNamespace: String = "default",
        namespaces: [String: [String: String]]? = nil
    ) {
        self.injector = injector
        self.defaultNamespace = defaultNamespace
        self.namespaces = namespaces
    }

    /// Injects the document's pod, or those of its items; anything else stays as it is.
    ///
    /// - Throws: when a pod asks for something that is not allowed; each fault names its object.
    package func inject(_ document: JSONValue) throws(InjectionError) -> Result {
        let object = KubernetesObject(document)
        if object.kind == "List" || object.kind.hasSuffix("List") && document["items"]?.array != nil {
            return try injectItems(of: document)
        }
        guard let path = Self.podPath(object), let pod = path.isEmpty ? document : document[path: path],
            pod["spec"]?.object != nil
        else { return Result(document: document) }
        let namespace = object.namespace.isEmpty ? defaultNamespace : object.namespace
        let workload =
            path.isEmpty
            ? nil
            : WorkloadIdentity(
                name: object.name,
                namespace: namespace,
                apiVersion: object.apiVersion,
                kind: object.kind
            )
        let request = InjectionRequest(
            pod: KubernetesObject(pod),
            namespace: namespace,
            namespaceLabels: namespaces.map { $0[namespace] ?? [:] },
            workload: workload
        )
        let label = "\(object.kind) \(object.objectName)"
        do {
            var result = Result(document: document)
            switch try injector.decide(request) {
            case .skip(let reason): result.notes = ["\(label): not injected: \(reason)"]
            case .inject(let injection):
                result.isChanged = true
                result.notes = injection.warnings.map { "\(label): \($0)" }
                if path.isEmpty {
                    result.document = injection.pod.json
                } else {
                    result.document[path: path] = injection.pod.json
                }
            }
            return result
        } catch {
            throw InjectionError(error.faults.map { "\(label): \($0)" })
        }
    }

    private func injectItems(of document: JSONValue) throws(InjectionError) -> Result {
        var result = Result(document: document)
        var items: [JSONValue] = []
        for item in document["items"]?.array ?? [] {
            let injected = try inject(item)
            items.append(injected.document)
            result.notes += injected.notes
            result.isChanged = result.isChanged || injected.isChanged
        }
        if result.isChanged { result.document["items"] = .array(items) }
        return result
    }

    /// Where the pod stands in an object of a kind that has one; nil for other kinds.
    private static func podPath(_ object: KubernetesObject) -> [String]? {
        let group = object.apiVersion.split(separator: "/").dropLast().first.map(String.init) ?? ""
        return switch (group, object.kind) {
        case ("", "Pod"): []
        case ("", "ReplicationController"), ("apps", "Deployment"), ("apps", "ReplicaSet"), ("apps", "StatefulSet"),
            ("apps", "DaemonSet"), ("extensions", "Deployment"), ("batch", "Job"):
            ["spec", "template"]
        case ("batch", "CronJob"): ["spec", "jobTemplate", "spec", "template"]
        default: nil
        }
    }
}
