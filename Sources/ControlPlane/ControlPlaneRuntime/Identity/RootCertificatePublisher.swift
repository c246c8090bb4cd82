internal import CertificateAuthority
internal import KubernetesAPI
internal import Logging

/// Keeps the trust bundle in a ConfigMap of every namespace, whoever changes or deletes it.
struct RootCertificatePublisher: Sendable {
    let api: any KubernetesAPI
    let trust: MeshTrust
    let logger: Logger
    var clock: any Clock<Duration> = ContinuousClock()

    private enum Event: Sendable {
        case namespaces(Reflector.Event)
        case maps(String, Reflector.Event)
        case trust(TrustBundle)
        case retry(namespace: String)
    }

    /// Follows namespaces, ConfigMaps and the bundle for ever.
    func run() async {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [trust] in
                for await state in trust.states() { continuation.yield(.trust(state.bundle)) }
            }
            let namespaces = reflector(.namespaces, nil)
            group.addTask { for await event in namespaces.events() { continuation.yield(.namespaces(event)) } }
            for name in [RootCertificateMaps.rootCertificate, RootCertificateMaps.revocations] {
                let maps = reflector(.configMaps, name)
                group.addTask { for await event in maps.events() { continuation.yield(.maps(name, event)) } }
            }
            var maps = RootCertificateMaps(Self.contents(trust.state.bundle))
            var unread: Set<String> = [
                "", RootCertificateMaps.rootCertificate, RootCertificateMaps.revocations,
            ]
            for await event in events {
                let place = Self.apply(event, to: &maps, unread: &unread)
                // Before all is read everything would look missing.
                guard unread.isEmpty else { continue }
                for action in maps.due(in: place) {
                    if let written = await perform(action) {
                        maps.apply(written)
                    } else {
                        let clock = clock
                        group.addTask {
                            try? await clock.sleep(for: .seconds(1))
                            continuation.yield(.retry(namespace: action.namespace))
                        }
                    }
                }
            }
        }
    }

    private static func contents(_ bundle: TrustBundle) -> [RootCertificateMaps.Content] {
        [
            .init(name: RootCertificateMaps.rootCertificate, key: "root-cert.pem", text: bundle.pem),
            .init(name: RootCertificateMaps.revocations, key: "ca-crl.pem", text: bundle.revocationPEM),
        ]
    }

    /// The one namespace to look at; nil for all.
    private static func apply(
        _ event: Event,
        to maps: inout RootCertificateMaps,
        unread: inout Set<String>
    ) -> String? {
        switch event {
        case .trust(let bundle): maps.replace(contents(bundle))
        case .retry(let namespace): return namespace
        case .namespaces(.synced(let objects)):
            maps.synced(namespaces: objects)
            unread.remove("")
        case .namespaces(.applied(let object)):
            maps.apply(namespace: object, isGone: false)
            return object.name
        case .namespaces(.deleted(let object)):
            maps.apply(namespace: object, isGone: true)
            return object.name
        case .maps(let name, .synced(let objects)):
            maps.synced(name, objects)
            unread.remove(name)
        case .maps(_, .applied(let object)):
            maps.apply(object)
            return object.namespace
        case .maps(_, .deleted(let object)):
            maps.deleted(object)
            return object.namespace
        }
        return nil
    }

    /// The ConfigMap as it is now; nil when that must be tried again.
    private func perform(_ action: RootCertificateMaps.Action) async -> KubernetesObject? {
        let content = action.content
        var object = KubernetesObject(.configMaps, ObjectName(namespace: action.namespace, name: content.name))
        object.labels = ["istio.io/config": "true"]
        object["data"] = JSONValue([content.key: content.text])
        do throws(StatusError) {
            if action.exists {
                let patch: JSONValue = ["data": JSONValue([content.key: content.text])]
                return try await api.patch(.configMaps, object.objectName, .merge(patch), nil)
            }
            return try await api.create(object, .configMaps)
        } catch {
            // The watch tells of what somebody else made or took away; an ending namespace takes nothing more.
            if error.reason == .alreadyExists || error.reason == .notFound { return nil }
            logger.warning("ConfigMap \(object.objectName) cannot be written: \(error)")
            return nil
        }
    }

    private func reflector(_ type: ResourceType, _ name: String?) -> Reflector {
        let logger = logger
        var options = ListOptions()
        if let name { options.fields = FieldSelector(requirements: [.init(path: ["metadata", "name"], value: name)]) }
        return Reflector(
            api: api,
            type: type,
            options: options,
            failed: { logger.warning("\(type.plural) \(name ?? ""): \($0)") }
        )
    }
}
