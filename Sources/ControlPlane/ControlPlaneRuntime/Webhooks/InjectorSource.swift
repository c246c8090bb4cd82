internal import KubernetesAPI
internal import Logging
internal import SidecarInjection
internal import Synchronization

/// The injector in effect, followed as its ConfigMaps change.
///
/// `istio` (key `mesh`) and `istio-sidecar-injector` (keys `values` and `config`) are merged over the defaults; one
/// that cannot be used is told and the last good settings stay.
final class InjectorSource: Sendable {
    private let revision: String
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var injector: SidecarInjector
        var sources: InjectionSources
        var told: Set<String> = []
    }

    init(revision: String, logger: Logger) {
        self.revision = revision
        self.logger = logger
        var sources = InjectionSources()
        sources.revision = revision
        let settings = (try? InjectionSettings.make(sources))?.settings ?? .standard
        state = Mutex(State(injector: SidecarInjector(settings), sources: sources))
    }

    var injector: SidecarInjector { state.withLock { $0.injector } }

    /// The ConfigMaps of a revision; the default one's have no ending.
    static func names(revision: String) -> [String] {
        ["istio", "istio-sidecar-injector"].map { revision == "default" ? $0 : "\($0)-\(revision)" }
    }

    /// Follows one ConfigMap for ever; `synced` is called once its first state is in effect.
    func follow(_ name: String, in namespace: String, of api: any KubernetesAPI, synced: @Sendable () -> Void) async {
        let options = ListOptions(
            namespace: namespace,
            fields: FieldSelector(requirements: [.init(path: ["metadata", "name"], value: name)])
        )
        let logger = logger
        let reflector = Reflector(
            api: api,
            type: .configMaps,
            options: options,
            failed: { logger.warning("ConfigMap \(namespace)/\(name): \($0)") }
        )
        for await event in reflector.events() {
            switch event {
            case .synced(let objects):
                apply(objects.first, named: name)
                synced()
            case .applied(let object): apply(object, named: name)
            case .deleted: apply(nil, named: name)
            }
        }
    }

    /// Takes a ConfigMap into account, or that there is none.
    func apply(_ object: KubernetesObject?, named name: String) {
        let data = object?["data"]?.strings ?? [:]
        state.withLock { state in
            var sources = state.sources
            do {
                if name.hasPrefix("istio-sidecar-injector") {
                    sources.values = try Self.read(data["values"], "\(name): values")
                    sources.config = try Self.read(data["config"], "\(name): config")
                } else {
                    sources.mesh = try Self.read(data["mesh"], "\(name): mesh")
                }
                let (settings, warnings) = try InjectionSettings.make(sources)
                state.sources = sources
                state.injector = SidecarInjector(settings)
                for warning in warnings where state.told.insert(warning).inserted { logger.warning("\(warning)") }
            } catch {
                logger.error("injection goes on with its last good settings: \(error)")
            }
        }
    }

    private static func read(_ text: String?, _ place: String) throws -> JSONValue {
        guard let text else { return [:] }
        return try KubernetesManifest.documents(text, file: place).first ?? [:]
    }
}
