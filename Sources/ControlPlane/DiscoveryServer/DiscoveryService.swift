package import EnvoyAPI
package import GRPCCore
internal import XDSProtocol

/// The gRPC face of the discovery server: `AggregatedDiscoveryService` in both variants.
package struct DiscoveryService<Snapshot: ServedSnapshot>:
    Envoy_Service_Discovery_V3_AggregatedDiscoveryService.SimpleServiceProtocol
{
    private let server: DiscoveryServer<Snapshot>

    /// Serves the streams from this server.
    package init(_ server: DiscoveryServer<Snapshot>) {
        self.server = server
    }

    /// Serves one state-of-the-world stream until the client ends it; throws the RPC error that ends it otherwise.
    package func streamAggregatedResources(
        request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DiscoveryRequest, any Error>,
        response: RPCWriter<Envoy_Service_Discovery_V3_DiscoveryResponse>,
        context: ServerContext
    ) async throws {
        try await server.serve(
            .stateOfTheWorld,
            StateOfTheWorldSubscription.self,
            requests: request,
            writer: response,
            peer: context.remotePeer,
            node: { $0.hasNode ? ClientNode($0.node) : nil }
        )
    }

    /// Serves one incremental stream until the client ends it; throws the RPC error that ends it otherwise.
    package func deltaAggregatedResources(
        request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DeltaDiscoveryRequest, any Error>,
        response: RPCWriter<Envoy_Service_Discovery_V3_DeltaDiscoveryResponse>,
        context: ServerContext
    ) async throws {
        try await server.serve(
            .delta,
            DeltaSubscription.self,
            requests: request,
            writer: response,
            peer: context.remotePeer,
            node: { $0.hasNode ? ClientNode($0.node) : nil }
        )
    }
}
