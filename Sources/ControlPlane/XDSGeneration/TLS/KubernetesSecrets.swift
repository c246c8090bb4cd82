import EnvoyAPI
import Foundation
import MeshConfig
import MeshIdentity
import MeshModel

/// Kubernetes' Secrets as a proxy gets them: those of its own namespace that its configuration names, once it proved
/// who it is (rule 70; Istio `SecretGen`).
struct KubernetesSecrets {
    let view: ProxyView
    private let named: Set<String>

    init(view: ProxyView) {
        self.view = view
        named = Self.isEntitled(view.node) ? Self.names(view) : []
    }

    /// The secret `kubernetes://NAME`, or `kubernetes://NAME-cacert` for its authorities; nil when it does not exist,
    /// lacks what it is asked for, or is not the proxy's to have.
    func secret(named name: String) -> XDS.Secret? {
        let scheme = "kubernetes://"
        guard name.hasPrefix(scheme), named.contains(name) else { return nil }
        // `NAMESPACE/NAME` means the same Secret when it is the proxy's own namespace, and none otherwise.
        let parts = name.dropFirst(scheme.count).split(separator: "/", omittingEmptySubsequences: false).map(
            String.init
        )
        guard let bare = parts.last, parts.count == 1 || (parts.count == 2 && parts[0] == view.node.namespace) else {
            return nil
        }
        var secret = XDS.Secret()
        secret.name = name
        if bare.hasSuffix(SecretReference.authoritiesSuffix) {
            let whole = String(bare.dropLast(SecretReference.authoritiesSuffix.count))
            guard let found = (view.secret(bare) ?? view.secret(whole))?.authorities else { return nil }
            secret.validationContext.trustedCa.inlineBytes = Data(found.certificates)
            if !found.revocations.isEmpty { secret.validationContext.crl.inlineBytes = Data(found.revocations) }
        } else {
            guard let found = view.secret(bare)?.certificate else { return nil }
            secret.tlsCertificate.certificateChain.inlineBytes = Data(found.chain)
            secret.tlsCertificate.privateKey.inlineBytes = Data(found.key)
        }
        return secret
    }

    /// What a proxy says of itself is not enough.
    private static func isEntitled(_ node: ProxyNode) -> Bool {
        node.verifiedIdentity.map { $0.namespace == node.namespace } ?? false
    }

    /// Secrets that the proxy's clusters and listeners refer to.
    private static func names(_ view: ProxyView) -> Set<String> {
        var names: Set<String> = []
        func note(_ name: String) {
            guard !name.isEmpty else { return }
            names.insert(SecretReference(credential: name).name)
            names.insert(SecretReference(credential: name, authorities: true).name)
        }
        for service in view.scope.services {
            guard let rule = view.scope.destinationPolicy(for: service.hostname),
                view.node.kind == .router || rule.workloadSelector != nil
            else { continue }
            for policy in [rule.trafficPolicy] + rule.subsets.map(\.trafficPolicy) {
                note(policy?.tls?.credentialName ?? "")
                for settings in policy?.portLevelSettings ?? [] { note(settings.tls?.credentialName ?? "") }
            }
        }
        for settings in view.scope.ingressListeners.compactMap(\.tls) + view.scope.gateway.tlsSettings {
            for name in [settings.credentialName, settings.caCertCredentialName] + settings.credentialNames {
                note(name)
            }
        }
        return names
    }
}
