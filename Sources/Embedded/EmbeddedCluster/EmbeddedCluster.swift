import ClusterAPI
import ClusterControllers
import ClusterNetwork
import ClusterSchema
import ClusterStore
import Foundation
import KubernetesAPI
package import Logging
import MeshInstallation
import PodRuntime

/// A whole cluster with a mesh in it, in this process and its children.
///
/// This process must be what ``ClusterLaunch`` starts: process 1 of a PID namespace with its own mounts.
package struct EmbeddedCluster: Sendable {
    let configuration: ClusterConfiguration
    let progress: ProgressWriter
    let logger: Logger

    package init(configuration: ClusterConfiguration, progress: ProgressWriter, logger: Logger) {
        self.configuration = configuration
        self.progress = progress
        self.logger = logger
    }

    /// Runs until cancelled; throws ``ClusterError`` when it cannot start or a part of it fails.
    package func run() async throws {
        let home = configuration.home
        let before = home.record()
        let ports = try LoopbackPorts(configuration, before: before)
        let streams = PodStreamsDoor()
        let relay = WebhookRelay(logger: logger)
        let (server, network) = try await progress.step("API server") {
            let network = try await ClusterNetwork.start(logger: logger)
            await relay.lead(into: network.hub)
            let server = ClusterAPIServer(
                store: try ClusterStore(path: home.database, logger: logger),
                credentials: try ClusterCredentials(directory: home.keys),
                webhookTransport: HTTPSWebhooks { try await relay.place(of: $0) },
                podStreams: streams,
                upgradeRoutes: PodStreamRoutes.routes(to: streams, logger: logger),
                logger: logger
            )
            try await server.start()
            return (server, network)
        }
        try writeKubeconfig(server, port: ports.api.port)
        try home.write(
            ClusterRecord(
                processID: before?.processID ?? 0,
                parentProcessID: before?.parentProcessID ?? 0,
                apiPort: ports.api.port,
                gatewayPort: ports.gateway.port,
                dashboardPort: ports.dashboard.port
            )
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            let parts = try await parts(server, network, streams, ports)
            for part in parts { group.addTask { try await part() } }
            group.addTask { await relay.run() }
            group.addTask {
                try await start(server, network, ports)
                // What has started goes on; the group ends when a part does.
                try await Task.sleep(for: .seconds(Int64.max / 2))
            }
            defer { group.cancelAll() }
            try await group.next()
            if !Task.isCancelled { throw ClusterError("a part of the cluster ended", remedy: "Its log: \(home.log)") }
        }
    }

    /// Everything that runs as long as the cluster does.
    private func parts(
        _ server: ClusterAPIServer,
        _ network: ClusterNetwork,
        _ streams: PodStreamsDoor,
        _ ports: LoopbackPorts
    ) async throws -> [@Sendable () async throws -> Void] {
        let api = server.client()
        let inside = try await network.hub.listenTCP(network.addresses.apiServer, port: 443)
        let controllers = ControllerSet(
            api: api,
            configuration: ControllerConfiguration(rootCertificates: server.credentials.authority) {
                server.catalog.definitions.filter(\.isStored).map(\.type)
            },
            logger: logger
        )
        var node = PodRuntime.Configuration(stateDirectory: configuration.home.pods)
        node.nodeAddress = network.addresses.hub.description
        node.ownsMountNamespace = true
        node.reapsStrangers = true
        // Watch, push and the proxies' turn take some 0.3 s, and more than a second on a machine that is busy.
        node.endpointNotice = 2.5
        let runtime = try await PodRuntime.make(
            api: server.client(as: .system("kubelet")),
            network: network,
            catalogue: .samples(configuration),
            configuration: node,
            requestToken: tokens(server),
            logger: logger
        )
        streams.open(runtime)
        let gateway = ServiceAddress(
            api: api,
            service: ObjectName(namespace: "istio-system", name: "istio-ingressgateway"),
            port: "http2"
        )
        let dashboard = ServiceAddress(
            api: api,
            service: ObjectName(namespace: "istio-system", name: "istiod"),
            port: "http-monitoring"
        )
        let forwards = [
            LoopbackForward(ports.gateway, into: network.hub, logger: logger) { gateway.endpoint },
            LoopbackForward(ports.dashboard, into: network.hub, logger: logger) { dashboard.endpoint },
        ]
        var parts: [@Sendable () async throws -> Void] = [
            {
                try await server.run(
                    on: ports.api.descriptors.map { .bound(descriptor: $0) } + [.bound(descriptor: inside)]
                )
            },
            { await controllers.run() },
            { try await network.run(api) },
            { await runtime.run() },
            { await gateway.run() },
            { await dashboard.run() },
        ]
        for forward in forwards { parts.append { try await forward.run() } }
        return parts
    }

    /// What happens once, in order, while the parts run.
    private func start(
        _ server: ClusterAPIServer,
        _ network: ClusterNetwork,
        _ ports: LoopbackPorts
    ) async throws {
        let application = ObjectApplication(server: server)
        let waiting = Waiting(api: server.client())
        var options = InstallationOptions(tag: configuration.version)
        options.engine = configuration.engine.rawValue
        // The dashboard's port on the host leads to the control plane from there.
        options.debugSources = [network.addresses.hub.description]
        let system = "istio-system"
        try await progress.step("control plane") {
            try await application.apply(try MeshInstallation.objects(options) + JobSidecars.objects)
            try await application.renew(MeshInstallation.webhooks(options))
            try await waiting.forDeployments(in: system, names: ["istiod"], atMost: .seconds(60))
            try await waiting.forWebhooks(MeshInstallation.webhooks(options), atMost: .seconds(20))
        }
        try await progress.step("gateways") {
            let names: Set = ["istio-ingressgateway", "istio-egressgateway"]
            try await waiting.forDeployments(in: system, names: names, atMost: .seconds(60))
        }
        do {
            try await startSamples(server, ports)
        } catch let error as ClusterError {
            progress.tell(.stuck(ClusterFailure(message: error.message, remedy: error.remedy)))
            return
        }
        progress.tell(
            .ready(
                ReadyCluster(
                    kubeconfig: configuration.home.kubeconfig,
                    gateway: "http://localhost:\(ports.gateway.port)\(configuration.samples.first?.path ?? "")",
                    dashboard: "http://localhost:\(ports.dashboard.port)/"
                )
            )
        )
    }

    private func startSamples(_ server: ClusterAPIServer, _ ports: LoopbackPorts) async throws {
        let application = ObjectApplication(server: server)
        let waiting = Waiting(api: server.client())
        for sample in configuration.samples {
            try await progress.step("\(sample)") {
                let folder = try Manifests.folder(of: sample, programs: configuration.programs)
                var namespace = KubernetesObject(.namespaces, ObjectName(name: sample.namespace))
                namespace.labels = ["istio-injection": "enabled"]
                try await application.apply([namespace] + (try Manifests.read([folder])), namespace: sample.namespace)
                try await waiting.forDeployments(in: sample.namespace, atMost: .seconds(120))
                try await GatewayProbe(port: ports.gateway.port, path: sample.path).untilAnswered(atMost: .seconds(30))
            }
        }
        if !configuration.files.isEmpty {
            try await progress.step("applied files") {
                try await application.apply(try Manifests.read(configuration.files))
            }
        }
    }

    private func tokens(_ server: ClusterAPIServer) -> TokenSource {
        { namespace, account, audience, seconds, pod in
            var spec: JSONValue = [
                "expirationSeconds": .integer(seconds),
                "boundObjectRef": [
                    "kind": "Pod", "apiVersion": "v1", "name": .string(pod.name), "uid": .string(pod.uid),
                ],
            ]
            if !audience.isEmpty { spec["audiences"] = [.string(audience)] }
            let answer = try await server.requestToken(
                ObjectName(namespace: namespace, name: account),
                ["apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec]
            )
            guard let token = answer[path: ["status", "token"]]?.string else {
                throw ClusterError("the API server gave no token for \(namespace)/\(account)")
            }
            return token
        }
    }

    private func writeKubeconfig(_ server: ClusterAPIServer, port: UInt16) throws {
        let path = configuration.home.kubeconfig
        let text = server.credentials.kubeconfig(server: "https://127.0.0.1:\(port)")
        let made = FileManager.default.createFile(
            atPath: path,
            contents: Data(text.utf8),
            attributes: [.posixPermissions: 0o600]
        )
        guard made else { throw ClusterError("\(path) cannot be written") }
    }
}
