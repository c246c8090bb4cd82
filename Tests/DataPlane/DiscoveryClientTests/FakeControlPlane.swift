import EnvoyAPI
import Foundation
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import SwiftProtobuf
import XDSProtocol

/// An ADS server in a few lines around the server machine, on a free port of the loopback.
actor FakeControlPlane {
    typealias Request = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
    typealias Response = Envoy_Service_Discovery_V3_DeltaDiscoveryResponse

    private var world: [ResourceType: [VersionedResource]]
    private var current: RPCWriter<Response>?
    private var stream = ServerStream<DeltaSubscription>()
    private let events: AsyncStream<String>.Continuation
    /// What clients said, in words: "CDS first a=1", "CDS ack", "CDS nack REASON", "EDS +a -b".
    nonisolated let heard: AsyncStream<String>

    init(_ world: [ResourceType: [VersionedResource]]) {
        self.world = world
        (heard, events) = AsyncStream.makeStream()
    }

    /// Serves until `body` returns, which gets the port.
    func run(
        security: HTTP2ServerTransport.Posix.TransportSecurity = .plaintext,
        _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let transport = HTTP2ServerTransport.Posix(
            address: .ipv4(host: "127.0.0.1", port: 0),
            transportSecurity: security
        )
        let server = GRPCServer(transport: transport, services: [Service(plane: self)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            let port = try await transport.listeningAddress.ipv4?.port ?? 0
            try await body(port)
            server.beginGracefulShutdown()
            group.cancelAll()
        }
    }

    func change(_ type: ResourceType, to resources: [VersionedResource]) async throws {
        world[type] = resources
        stream.markChanged([type])
        try await drain()
    }

    fileprivate func open(_ writer: RPCWriter<Response>) {
        current = writer
        stream = ServerStream()
    }

    fileprivate func take(_ request: Request) async throws {
        let type = ResourceType(typeURL: request.typeURL)
        let verdict = stream.receive(request)?.1.verdict ?? .none
        var words = ["\(type)"]
        if request.hasNode { words.append("node") }
        switch verdict {
        case .acknowledged: words.append("ack")
        case .rejected(let rejection): words.append("nack \(rejection.reason)")
        case .none, .stale: break
        }
        words += request.resourceNamesSubscribe.map { "+\($0)" } + request.resourceNamesUnsubscribe.map { "-\($0)" }
        words += request.initialResourceVersions.sorted { $0.key < $1.key }.map { "\($0)=\($1)" }
        events.yield(words.joined(separator: " "))
        try await drain()
    }

    private func drain() async throws {
        while let generation = stream.next() {
            let all = world[generation.type] ?? []
            let resources = generation.names.map { names in all.filter { names.contains($0.name) } } ?? all
            if let answer = stream.answer(generation, with: resources) { try await current?.write(answer.response) }
        }
    }

    /// Ends the client's stream with an error.
    func drop() {
        dropping?.finish()
    }

    private var dropping: AsyncStream<Never>.Continuation?

    fileprivate func dropped() async {
        let (never, ending) = AsyncStream<Never>.makeStream()
        dropping = ending
        for await _ in never {}
    }
}

private struct Service: Envoy_Service_Discovery_V3_AggregatedDiscoveryService.SimpleServiceProtocol {
    let plane: FakeControlPlane

    func streamAggregatedResources(
        request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DiscoveryRequest, any Error>,
        response: RPCWriter<Envoy_Service_Discovery_V3_DiscoveryResponse>,
        context: ServerContext
    ) async throws {
        throw RPCError(code: .unimplemented, message: "delta only")
    }

    func deltaAggregatedResources(
        request: RPCAsyncSequence<FakeControlPlane.Request, any Error>,
        response: RPCWriter<FakeControlPlane.Response>,
        context: ServerContext
    ) async throws {
        await plane.open(response)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { for try await message in request { try await plane.take(message) } }
            group.addTask {
                await plane.dropped()
                throw RPCError(code: .unavailable, message: "dropped")
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

/// Packs a message as a versioned resource.
func packed(_ name: String, version: String = "1", _ message: some Message) throws -> VersionedResource {
    try VersionedResource(name: name, version: version, body: Google_Protobuf_Any(message: message))
}

/// A cluster whose endpoints come by EDS over ADS.
func edsCluster(_ name: String, version: String = "1") throws -> VersionedResource {
    var cluster = Envoy_Config_Cluster_V3_Cluster()
    cluster.name = name
    cluster.type = .eds
    cluster.edsClusterConfig.edsConfig.ads = .init()
    cluster.edsClusterConfig.edsConfig.resourceApiVersion = .v3
    cluster.connectTimeout.seconds = 10
    return try packed(name, version: version, cluster)
}

/// One endpoint.
func endpoints(_ name: String, version: String = "1", port: UInt32) throws -> VersionedResource {
    var assignment = Envoy_Config_Endpoint_V3_ClusterLoadAssignment()
    assignment.clusterName = name
    var locality = Envoy_Config_Endpoint_V3_LocalityLbEndpoints()
    var endpoint = Envoy_Config_Endpoint_V3_LbEndpoint()
    endpoint.endpoint.address.socketAddress.address = "127.0.0.1"
    endpoint.endpoint.address.socketAddress.portValue = port
    locality.lbEndpoints = [endpoint]
    assignment.endpoints = [locality]
    return try packed(name, version: version, assignment)
}

/// A cluster of which nothing can be decoded.
func garbage(_ name: String, version: String) -> VersionedResource {
    var body = Google_Protobuf_Any()
    body.typeURL = ResourceType.cds.typeURL
    body.value = Data([0xFF, 0xFF, 0xFF])
    return VersionedResource(name: name, version: version, body: body)
}
