internal import EnvoyAPI
internal import ProxyIdentity
internal import ProxySnapshot
internal import SwiftProtobuf
internal import XDSProtocol

/// The proxy's side of discovery without the wire: joins the protocol machine and the snapshot builder.
///
/// Outlives streams: after a reconnect it tells the server what it holds. Events are ``open(node:)``,
/// ``receive(_:)`` and ``close()``; actions are requests to write and a snapshot to publish.
struct DiscoverySession {
    /// What a response leads to.
    struct Reception {
        /// What to write, in this order: first the ACK or NACK, then changed subscriptions.
        var requests: [DeltaClientStream.Request] = []
        /// What to serve from now on, nil when nothing served changed.
        var snapshot: ProxySnapshot?
        /// What was refused of this response.
        var rejections: [Rejection] = []
        /// The mesh's roots, when the response brought them.
        var trustBundle: TrustBundle?
        /// Why the roots that it brought are refused; the former ones stay.
        var trustRefusal: String?
    }

    private struct ResourceKey: Hashable {
        var kind: ResourceKind
        var name: String
    }

    private var stream = DeltaClientStream()
    private var builder: SnapshotBuilder
    private var refused: [ResourceKey: Rejection] = [:]
    private(set) var answeredTypes: Set<ResourceType> = []
    private let wantsTrustBundle: Bool
    /// Secrets were subscribed to once.
    private var wantedSecrets: Bool

    /// Wants all listeners and clusters; routes and endpoints follow from them, and the local cluster's for a proxy that
    /// knows where it is and wants to know its like. The mesh's roots too if asked to.
    init(
        localLocality: Locality? = nil,
        wantsTrustBundle: Bool = false,
        secretFault: @escaping @Sendable (TLSSecret) -> String? = { _ in nil }
    ) {
        builder = SnapshotBuilder(localLocality: localLocality, secretFault: secretFault)
        _ = stream.want(.cds, names: nil)
        _ = stream.want(.lds, names: nil)
        self.wantsTrustBundle = wantsTrustBundle
        wantedSecrets = wantsTrustBundle
        if wantsTrustBundle { _ = stream.want(.sds, names: [SecretName.roots]) }
    }

    /// Everything refused and not replaced by something acceptable since, by kind and name.
    var standingRejections: [Rejection] {
        refused.values.sorted { ($0.kind.typeURL, $0.name) < ($1.kind.typeURL, $1.name) }
    }

    /// Fields that accepted resources carry and the proxy leaves out.
    var warnings: [ResourceWarning] { builder.warnings }

    /// Whether no listener waits for its routes and no cluster for its endpoints.
    var isWarm: Bool { builder.warming.isEmpty }

    /// Versions held, by type; for the admin interface.
    func versions(of type: ResourceType) -> [String: String] { stream.versions(of: type) }

    /// Begins a stream; returns its first requests.
    mutating func open(node: Envoy_Config_Core_V3_Node) -> [DeltaClientStream.Request] {
        stream.open(node: node)
    }

    /// Notes the end of the stream; what is served stays.
    mutating func close() {
        stream.close()
    }

    /// Takes a response in.
    mutating func receive(_ response: DeltaClientStream.Response) -> Reception {
        var reception = Reception()
        if let kind = ResourceKind(typeURL: response.typeURL) {
            reception.rejections = builder.apply(
                kind,
                // The mesh's roots are the agent's business, by which it renews its certificate too.
                upserts: response.resources.filter { kind != .secret || $0.name != SecretName.roots }.map {
                    ResourceUpdate(name: $0.name, version: $0.version, resource: $0.resource)
                },
                removed: response.removedResources
            )
            remember(reception.rejections, of: kind, in: response)
        }
        if ResourceType(typeURL: response.typeURL) == .sds { readTrustBundle(of: response, into: &reception) }
        answeredTypes.insert(ResourceType(typeURL: response.typeURL))
        reception.requests.append(
            stream.conclude(
                response,
                rejecting: reception.rejections.map { ResourceRejection(name: $0.name, reason: $0.reason) }
                    + (reception.trustRefusal.map { [ResourceRejection(name: SecretName.roots, reason: $0)] } ?? [])
            )
        )
        if let request = stream.want(.eds, names: builder.wantedEndpoints) { reception.requests.append(request) }
        if let request = stream.want(.rds, names: builder.wantedRoutes) { reception.requests.append(request) }
        let secrets = builder.wantedSecrets.union(wantsTrustBundle ? [SecretName.roots] : [])
        if !secrets.isEmpty || wantedSecrets, let request = stream.want(.sds, names: secrets) {
            wantedSecrets = true
            reception.requests.append(request)
        }
        reception.snapshot = builder.snapshot()
        return reception
    }

    private func readTrustBundle(of response: DeltaClientStream.Response, into reception: inout Reception) {
        guard let resource = response.resources.last(where: { $0.name == SecretName.roots }) else { return }
        do {
            reception.trustBundle = try TrustBundle(resource.resource)
        } catch {
            reception.trustRefusal = "\(error)"
        }
    }

    private mutating func remember(
        _ rejections: [Rejection],
        of kind: ResourceKind,
        in response: DeltaClientStream.Response
    ) {
        for resource in response.resources { refused[ResourceKey(kind: kind, name: resource.name)] = nil }
        for name in response.removedResources { refused[ResourceKey(kind: kind, name: name)] = nil }
        for rejection in rejections { refused[ResourceKey(kind: kind, name: rejection.name)] = rejection }
    }
}
