package import MeshConfig

extension MeshSnapshot {
    /// Builds the snapshot of a configuration and tells how it differs from the one before.
    ///
    /// `keySets` are the JSON Web Key Sets of issuers, by the place they were fetched from; an issuer whose keys are not
    /// among them has its tokens refused.
    ///
    /// Pure and deterministic: the content depends on `config`, `cluster` and `keySets` alone; `previous` only decides version
    /// numbers (what did not change keeps its own) and the change. Without `previous` the change is full.
    /// Cost: linear in the objects, plus sorting; well under a second for 1,000 services with 10,000 endpoints.
    package static func next(
        previous: MeshSnapshot?,
        config: ConfigSnapshot,
        cluster: ClusterSettings = ClusterSettings(),
        keySets: [JSONWebKeyLocation: String] = [:]
    ) -> (snapshot: MeshSnapshot, change: MeshChange) {
        let version = (previous?.version ?? 0) &+ 1
        let peers = PeerAuthenticationIndex(config.peerAuthentications, rootNamespace: config.mesh.rootNamespace)
        let (registry, registryFindings) = ServiceRegistry.build(
            config: config,
            cluster: cluster,
            peerAuthentications: peers,
            previous: previous?.registry,
            version: version
        )
        let (routing, routingFindings) = RoutingIndex.build(
            config: config,
            cluster: cluster,
            previous: previous?.routing,
            version: version
        )
        let (policies, policyFindings) = DestinationPolicyIndex.build(
            config: config,
            cluster: cluster,
            previous: previous?.policies,
            version: version
        )
        let sidecars = SidecarIndex(config.sidecars, rootNamespace: config.mesh.rootNamespace)
        let ruleFindings = RuleDiagnostics(registry: registry, routing: routing, policies: policies).all()
        let gateways = config.gateways.sorted { $0.metadata.precedes($1.metadata) }
        let gatewayFindings = GatewayDiagnostics(gateways: gateways, registry: registry, routing: routing).all()
        let authorizationPolicies = SecurityPolicyIndex(
            config.authorizationPolicies,
            rootNamespace: config.mesh.rootNamespace,
            attachment: \.attachment
        )
        let securityFindings = SecurityDiagnostics(
            mesh: config.mesh,
            registry: registry,
            authorization: authorizationPolicies
        ).all()
        let findings =
            registryFindings + routingFindings + policyFindings + sidecars.diagnostics + ruleFindings + gatewayFindings
            + securityFindings + peers.diagnostics
        let snapshot = MeshSnapshot(
            version: version,
            config: config,
            cluster: cluster,
            registry: registry,
            routing: routing,
            policies: policies,
            peerAuthentications: peers,
            gateways: gateways,
            authorizationPolicies: authorizationPolicies,
            keySets: keySets,
            diagnostics: findings.sorted()
        )
        return (snapshot, MeshChange(from: previous, to: snapshot))
    }
}
