package import MeshConfig
package import MeshModel

/// How connections of a cluster are secured, before anything is built of it (Istio `buildUpstreamTLSSettings`,
/// `BestEffortInferServiceMTLSMode`).
package enum OutboundTLS: Sendable, Hashable {
    /// As the caller's bytes are.
    case plaintext
    /// Mutual TLS of the mesh with the endpoints that can, plaintext with the others.
    case automatic
    /// Mutual TLS of the mesh, because a rule says so.
    case mesh(ClientTLSSettings)
    /// TLS with certificates that a rule names.
    case origination(ClientTLSSettings)

    /// What decides.
    struct Circumstances {
        /// What DestinationRules say of the port.
        var settings: ClientTLSSettings?
        /// Whether the rule chooses its callers by their labels.
        var selectsCallers = false
        /// Whether the proxy has a certificate of the mesh.
        var hasIdentity = true
        /// Whether the proxy stands beside a workload, rather than at the edge.
        var isSidecar = true
        /// `meshConfig.enableAutoMtls`.
        var isAutomatic = true
        var isMeshExternal = false
        /// What the service's namespace accepts.
        var serverMode: MutualTLSMode = .permissive
        /// Whether connections go to whatever address the caller chose, so that no endpoint can be told apart.
        var choosesNoEndpoint = false
        /// Whether there are endpoints and all of them answer mutual TLS.
        var isAnsweredByAll = true
    }

    init(_ circumstances: Circumstances) {
        if let settings = circumstances.settings {
            switch settings.mode {
            case .disable:
                self = .plaintext
            case .istioMutual:
                self = circumstances.hasIdentity ? .mesh(settings) : .plaintext
            case .simple, .mutual:
                // A Secret for every sidecar that calls the host would be none; those a rule chooses may have it.
                let isRefused =
                    !settings.credentialName.isEmpty && circumstances.isSidecar && !circumstances.selectsCallers
                self = isRefused ? .plaintext : .origination(settings)
            }
            return
        }
        guard circumstances.hasIdentity, circumstances.isAutomatic, !circumstances.isMeshExternal,
            circumstances.serverMode != .disable,
            !circumstances.choosesNoEndpoint || circumstances.isAnsweredByAll
        else {
            self = .plaintext
            return
        }
        self = .automatic
    }
}

extension ProxyView {
    /// Whether the proxy has a certificate of the mesh; our agent says when there is none (metadata `TLS_IDENTITY`).
    package var hasIdentity: Bool { node.metadata["TLS_IDENTITY"]?.text != "false" }

    /// How the proxy's calls to a port of a service are secured, policies of subsets aside unless one is named; for people
    /// who ask.
    package func outboundTLS(to service: Service, port: UInt32, subset: String? = nil) -> OutboundTLS {
        let rule = scope.destinationPolicy(for: service.hostname)
        let policy = trafficPolicy(rule, subset: subset, port: port)
        return outboundTLS(to: service, port: port, rule: rule, policy: policy)
    }

    /// How the proxy's calls to a port of a service are secured under a policy.
    func outboundTLS(
        to service: Service,
        port: UInt32,
        rule: DestinationPolicy?,
        policy: TrafficPolicy?
    ) -> OutboundTLS {
        var circumstances = OutboundTLS.Circumstances()
        circumstances.settings = policy?.tls
        circumstances.selectsCallers = rule?.workloadSelector != nil
        circumstances.hasIdentity = hasIdentity
        circumstances.isSidecar = node.kind == .sidecar
        circumstances.isAutomatic = mesh.enableAutoMtls
        circumstances.isMeshExternal = service.isMeshExternal
        circumstances.serverMode = namespaceMutualTLS(service.namespace)
        circumstances.choosesNoEndpoint =
            service.resolution == .originalDestination || policy?.loadBalancer?.simple == .passthrough
        if circumstances.choosesNoEndpoint { circumstances.isAnsweredByAll = isAnsweredByAll(service, port: port) }
        return OutboundTLS(circumstances)
    }
}
