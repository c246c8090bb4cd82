import MeshConfig
import MeshModel
import XDSGeneration

/// What to change about a conflict.
extension MutualTLSCheck {
    func advice(_ call: Call, _ client: Client, _ server: Server) -> String {
        switch client {
        case .plaintext: "\(whyPlaintext(call)); or let \(subject(server)) be PERMISSIVE"
        case .mutual:
            "\(rule(call)) has the caller come with mutual TLS, but \(acceptance(server)): remove its tls, or "
                + (server.state == .noProxy ? "give the workloads a proxy" : "let the servers be PERMISSIVE")
        case .origination:
            "\(rule(call)) has the caller begin TLS of its own, but \(acceptance(server)): remove its tls, or make its "
                + "mode ISTIO_MUTUAL"
        }
    }

    private func whyPlaintext(_ call: Call) -> String {
        guard hasProxy else {
            return "\(caller) has no istio-proxy, so that its calls are as the application makes them: inject it"
        }
        guard call.isKnown else {
            let sidecar = view.scope.sidecar.map {
                described(ObjectKey(kind: .sidecar, namespace: $0.namespace, name: $0.name))
            }
            let hider = sidecar.map { "\($0) hides the service from \(caller)" } ?? "\(caller) does not see the service"
            return "\(hider), so that calls pass as they are: name \(call.service.hostname.text) in its egress hosts"
        }
        if let settings = call.settings {
            switch settings.mode {
            case .disable:
                return "\(rule(call)) says DISABLE: remove that, or make it ISTIO_MUTUAL"
            case .istioMutual:
                return
                    "\(caller) has no certificate of the mesh, so that ISTIO_MUTUAL of \(rule(call)) cannot be done: "
                    + "give it one"
            case .simple, .mutual:
                return
                    "\(rule(call)) names a credentialName, which sidecars get only by a rule with a workloadSelector: "
                    + "make its mode ISTIO_MUTUAL"
            }
        }
        if !view.hasIdentity { return "\(caller) has no certificate of the mesh: give it one" }
        if !view.mesh.enableAutoMtls {
            return
                "meshConfig.enableAutoMtls is false and no DestinationRule says more: add one with tls mode ISTIO_MUTUAL"
        }
        let mesh = configuration.mesh
        if mesh.namespaceMutualTLS(call.service.namespace) == .disable {
            let policy = mesh.mutualTLS(namespace: call.service.namespace, labels: [:])
            let who = policy.source.map(described) ?? "the mesh"
            return "callers go by the namespace, for which \(who) says DISABLE: add a DestinationRule with tls mode "
                + "ISTIO_MUTUAL"
        }
        return
            "not all of the endpoints answer mutual TLS, and calls to this service choose none: give all workloads a "
            + "proxy, or add a DestinationRule with tls mode ISTIO_MUTUAL"
    }

    private func acceptance(_ server: Server) -> String {
        switch server.state {
        case .noProxy: "no proxy stands before the servers"
        case .strict: "\(subject(server)) asks for mutual TLS of the mesh"
        case .permissive: "the servers take mutual TLS of the mesh and plain text"
        case .disabled, .external: "\(subject(server)) says DISABLE"
        }
    }

    private func subject(_ server: Server) -> String { server.source.map(described) ?? "the mesh's default" }

    private func rule(_ call: Call) -> String {
        guard let part = call.rule else { return "the DestinationRule" }
        let place = showsPlaces ? part.location.map { " (\($0))" } ?? "" : ""
        return "\(part.object) spec.\(part.path)\(place)"
    }

    /// `PeerAuthentication foo/default (mesh.yaml:3:1)`.
    private func described(_ key: ObjectKey) -> String {
        let place = showsPlaces ? configuration.objects[key]?.metadata.source.map { " (\($0))" } ?? "" : ""
        return "\(key)\(place)"
    }
}
