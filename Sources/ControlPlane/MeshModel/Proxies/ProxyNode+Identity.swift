package import MeshIdentity

extension ProxyNode {
    /// What the node claims beyond the identity that its proxy has proved; nil when it claims only its own namespace
    /// and service account (Istio `checkConnectionIdentity`). Names both.
    package func difference(from identity: SPIFFEIdentity) -> String? {
        // The ID is shown to people and looked up by them; it must not be another namespace's either.
        let named = id.lastIndex(of: ".").map { String(id[$0...].dropFirst()) } ?? namespace
        for claimed in [namespace, named] where claimed != identity.namespace {
            return "the node claims namespace \"\(claimed)\", but its identity is \(identity)"
        }
        guard serviceAccount.isEmpty || serviceAccount == identity.serviceAccount else {
            return "the node claims service account \"\(serviceAccount)\", but its identity is \(identity)"
        }
        return nil
    }
}
