internal import ConfigSources
internal import DiscoveryServer
internal import Logging
internal import MeshConfig
internal import MeshModel
internal import XDSGeneration

/// Configuration in, snapshots out: builds the model for each change and publishes it.
struct ModelPipeline {
    private let discovery: DiscoveryServer<MeshServedSnapshot>
    private let generator: ResourceGenerator
    private let report: ConfigReport
    private let logger: Logger
    private var mesh: MeshSnapshot
    private var trust: TrustResources
    private var knownFindings: Set<ModelDiagnostic> = []

    /// Continues from the snapshot the server was started with.
    init(
        from mesh: MeshSnapshot,
        trust: TrustResources,
        generator: ResourceGenerator,
        discovery: DiscoveryServer<MeshServedSnapshot>,
        report: ConfigReport,
        logger: Logger
    ) {
        self.mesh = mesh
        self.trust = trust
        self.generator = generator
        self.discovery = discovery
        self.report = report
        self.logger = logger
    }

    /// Builds the model of a configuration and publishes it when a proxy could see the difference.
    mutating func apply(_ update: KeyedConfiguration) async {
        let config = update.joined.config
        let (next, change) = MeshSnapshot.next(previous: mesh, config: config, keySets: update.keySets)
        mesh = next
        tell(config, diagnostics: update.joined.diagnostics, of: next)
        await discovery.publish(MeshServedSnapshot(next, generator: generator, trust: trust), change: change)
    }

    /// Publishes another trust bundle under the same configuration.
    mutating func apply(_ trust: TrustResources) async {
        guard trust != self.trust else { return }
        self.trust = trust
        await discovery.publish(MeshServedSnapshot(mesh, generator: generator, trust: trust), change: MeshChange())
    }

    /// Logs what is new among the model's findings, one compiler-style line each; the source logs its own.
    mutating func tell(_ config: ConfigSnapshot, diagnostics: [Diagnostic], of mesh: MeshSnapshot) {
        report.update(config, diagnostics)
        for finding in mesh.diagnostics where !knownFindings.contains(finding) { logger.warning("\(finding)") }
        knownFindings = Set(mesh.diagnostics)
    }
}
