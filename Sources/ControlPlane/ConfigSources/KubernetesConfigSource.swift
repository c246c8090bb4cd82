package import KubernetesAPI
internal import Logging
package import MeshConfig

/// Configuration from a Kubernetes API, followed as it changes.
///
/// Every object is read by the same decoder as a file, under the name `PLURAL/NAMESPACE/NAME`: what is invalid keeps
/// its last good version, and what is accepted and not acted on is warned about.
package struct KubernetesConfigSource: Sendable {
    private let api: any KubernetesAPI
    private let mesh: MeshConfiguration
    private let types: [ResourceType]
    private let logger: Logger

    /// A source over everything the mesh reads in all namespaces.
    package init(api: any KubernetesAPI, mesh: MeshConfiguration = MeshConfiguration()) {
        self.api = api
        self.mesh = mesh
        types = Self.readTypes
        logger = Logger(label: "martlet.config")
    }

    /// Between two updates; well below the time that discovery waits for a burst to end.
    private static let pause = Duration.milliseconds(50)

    /// The resource types the mesh reads.
    package static let readTypes: [ResourceType] =
        [
            .namespaces, .nodes, .services, .pods, .endpointSlices, .serviceAccounts, .configMaps, .secrets,
        ]
        + [
            ("virtualservices", "VirtualService"), ("destinationrules", "DestinationRule"),
            ("serviceentries", "ServiceEntry"), ("workloadentries", "WorkloadEntry"), ("sidecars", "Sidecar"),
            ("gateways", "Gateway"),
        ].map { ResourceType(group: "networking.istio.io", version: "v1", plural: $0.0, kind: $0.1) }
        + [
            ("peerauthentications", "PeerAuthentication"), ("authorizationpolicies", "AuthorizationPolicy"),
            ("requestauthentications", "RequestAuthentication"),
        ].map { ResourceType(group: "security.istio.io", version: "v1", plural: $0.0, kind: $0.1) }

    /// What of a type is asked for: of ConfigMaps the mesh's own, of Secrets not the many that are no certificates.
    static func options(_ type: ResourceType) -> ListOptions {
        switch type {
        case .configMaps:
            let name = FieldSelector.Requirement(path: ["metadata", "name"], value: "istio")
            return ListOptions(namespace: "istio-system", fields: FieldSelector(requirements: [name]))
        case .secrets:
            let foreign = ["helm.sh/release.v1", "kubernetes.io/service-account-token"]
            return ListOptions(
                fields: FieldSelector(
                    requirements: foreign.map { .init(path: ["type"], value: $0, isEqual: false) }
                )
            )
        default: return ListOptions()
        }
    }

    /// Everything once every type was listed, then every change, until the consumer stops.
    ///
    /// Changes that arrive together become one update; one that alters nothing the mesh reads becomes none.
    package func updates() -> AsyncStream<ConfigUpdate> {
        let (stream, continuation) = AsyncStream.makeStream(of: ConfigUpdate.self)
        let (changes, changed) = AsyncStream.makeStream(of: Void.self)
        let pending = PendingChanges()
        let following = Task { [api, types, mesh, logger] in
            await withTaskGroup(of: Void.self) { group in
                for type in types {
                    group.addTask {
                        for await event in Reflector(api: api, type: type, options: Self.options(type)).events() {
                            if await pending.add(type, event) { changed.yield() }
                        }
                    }
                }
                group.addTask {
                    var contents = ObservedObjects(types: types, mesh: mesh)
                    var told: Set<Diagnostic> = []
                    var free = ContinuousClock.now
                    for await _ in changes {
                        // A change alone is taken at once; in a storm several make one update, as each costs a look
                        // at the whole configuration.
                        guard (try? await Task.sleep(until: free, clock: .continuous)) != nil else { return }
                        let batch = await pending.take()
                        defer { free = .now + Self.pause }
                        guard !batch.isEmpty, let update = contents.apply(batch) else { continue }
                        for diagnostic in update.diagnostics where !told.contains(diagnostic) {
                            logger.log(level: diagnostic.severity == .error ? .error : .warning, "\(diagnostic)")
                        }
                        told = Set(update.diagnostics)
                        if case .terminated = continuation.yield(update) { return }
                    }
                }
            }
        }
        continuation.onTermination = { _ in following.cancel() }
        return stream
    }
}

/// Changes that wait to be taken in one go: whoever is late finds several.
private actor PendingChanges {
    private var changes: [(ResourceType, Reflector.Event)] = []

    /// True if nothing waited before, so that somebody must be woken.
    func add(_ type: ResourceType, _ event: Reflector.Event) -> Bool {
        changes.append((type, event))
        return changes.count == 1
    }

    func take() -> [(ResourceType, Reflector.Event)] {
        defer { changes.removeAll(keepingCapacity: true) }
        return changes
    }
}
