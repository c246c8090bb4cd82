import Crypto
import FoundationEssentials
package import KubernetesAPI

/// The cluster's keys and certificates, kept in its home so that a second start has the same.
///
/// Files `ca.crt/.key`, `apiserver.crt/.key`, `admin.crt/.key` and `service-account.key`, all readable by the owner only.
/// A certificate near its end, or issued by another authority, is issued anew when they are opened.
package struct ClusterCredentials: Sendable {
    /// The authority's certificate, PEM: what clients verify the API server with.
    package var authority: String
    /// What the API server shows.
    package var serving: KeyPair
    /// `O=system:masters, CN=kubernetes-admin`.
    package var administrator: KeyPair
    /// Signs service-account tokens (ES256).
    let tokenKey: P256.Signing.PrivateKey
    private let issuer: CertificateAuthority
    private let clock: @Sendable () -> Timestamp

    /// Reads the credentials in a directory, making what is missing.
    package init(
        directory: String,
        serverNames: ServerNames = ServerNames(),
        clock: @escaping @Sendable () -> Timestamp = Timestamp.now
    ) throws {
        let files = try PrivateFiles(directory: directory)
        let now = clock()
        let pair: KeyPair
        if let stored = files.pair("ca"), (try? CertificateAuthority(stored)) != nil {
            pair = stored
        } else {
            pair = try CertificateAuthority.make(now: now)
            try files.store(pair, "ca")
        }
        let issuer = try CertificateAuthority(pair)
        func leaf(_ name: String, _ leaf: CertificateAuthority.Leaf) throws -> KeyPair {
            if let stored = files.pair(name), issuer.isFresh(stored, for: leaf, now: now) { return stored }
            let issued = try issuer.issue(leaf, now: now)
            try files.store(issued, name)
            return issued
        }
        authority = pair.certificate
        serving = try leaf(
            "apiserver",
            .init(
                commonName: "kube-apiserver",
                dnsNames: serverNames.dnsNames,
                addresses: serverNames.addresses,
                isServer: true
            )
        )
        administrator = try leaf(
            "admin",
            .init(commonName: "kubernetes-admin", organizations: ["system:masters"], isServer: false)
        )
        if let text = files.text("service-account.key"), let key = try? P256.Signing.PrivateKey(pemRepresentation: text)
        {
            tokenKey = key
        } else {
            tokenKey = P256.Signing.PrivateKey()
            try files.store(tokenKey.pemRepresentation, "service-account.key")
        }
        self.issuer = issuer
        self.clock = clock
    }

    /// A client certificate of this cluster: the common name is the user, the organizations are the groups.
    package func clientCertificate(user: String, groups: [String]) throws -> KeyPair {
        try issuer.issue(.init(commonName: user, organizations: groups, isServer: false), now: clock())
    }

    /// A kubeconfig whose only context `martlet` is the administrator at this server (`https://127.0.0.1:6443`).
    package func kubeconfig(server: String, name: String = "martlet") -> String {
        """
        apiVersion: v1
        kind: Config
        clusters:
        - name: \(name)
          cluster:
            server: \(server)
            certificate-authority-data: \(Base64.encode(authority.utf8))
        contexts:
        - name: \(name)
          context:
            cluster: \(name)
            user: \(name)-admin
        current-context: \(name)
        users:
        - name: \(name)-admin
          user:
            client-certificate-data: \(Base64.encode(administrator.certificate.utf8))
            client-key-data: \(Base64.encode(administrator.key.utf8))

        """
    }
}

/// The names and addresses in the API server's certificate.
package struct ServerNames: Sendable, Equatable {
    package var dnsNames: [String]
    /// 4 or 16 bytes each.
    package var addresses: [[UInt8]]

    /// As every cluster has them: loopback and the `kubernetes` service.
    package init(
        dnsNames: [String] = [
            "localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ],
        addresses: [[UInt8]] = [
            [127, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [10, 96, 0, 1],
        ]
    ) {
        self.dnsNames = dnsNames
        self.addresses = addresses
    }
}
