package import EnvoyAPI
package import GRPCCore
package import MeshIdentity
internal import XDSProtocol

/// Who makes a call, put into its context by whoever authenticated it.
package struct AuthenticatedCaller: ServerContext.TransportSpecific {
    /// The identity, proved by a certificate or a token.
    package let identity: SPIFFEIdentity

    package init(_ identity: SPIFFEIdentity) { self.identity = identity }
}

/// The gRPC face of the discovery server: `AggregatedDiscoveryService` in both variants.
package struct DiscoveryService<Snapshot: ServedSnapshot>:
    Envoy_Service_Discovery_V3_AggregatedDiscoveryService.SimpleServiceProtocol
{
    private let server: DiscoveryServer<Snapshot>
    private let requiresIdentity: Bool

    /// Serves the streams from this server.
    ///
    /// - Parameter requiresIdentity: refuses calls whose context holds no ``AuthenticatedCaller``.
    package init(_ server: DiscoveryServer<Snapshot>, requiresIdentity: Bool = false) {
        self.server = server
        self.requiresIdentity = requiresIdentity
    }

    private func caller(_ context: ServerContext) throws -> SPIFFEIdentity? {
        let caller = context.transportSpecific as? AuthenticatedCaller
        guard caller != nil || !requiresIdentity else {
            throw RPCError(code: .unauthenticated, message: "show a client certificate or a token")
        }
        return caller?.identity
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
            caller: try caller(context),
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
            caller: try caller(context),
            node: { $0.hasNode ? ClientNode($0.node) : nil }
        )
    }
}
