package import MeshIdentity

/// Where the workload's identity comes from: static, read by the program of flags and environment.
package enum IdentitySource: Sendable, Equatable {
    /// Nobody vouches for the workload; TLS contexts that refer to `default` or `ROOTCA` cannot be served.
    case none
    /// The mesh's certificate authority signs keys made here.
    case authority(AuthoritySettings)
    /// Somebody else puts certificates into files (Istio `FILE_MOUNTED_CERTS`).
    case files(MountedCertificate)
}

/// How certificates are asked for and renewed.
package struct AuthoritySettings: Sendable, Equatable {
    /// Who the workload is; asked for, and expected of the answer.
    package var identity: SPIFFEIdentity
    /// Where `IstioCertificateService` is served (`CA_ADDR`).
    package var address: ControlPlaneAddress
    /// The kind of key (`ECC_SIGNATURE_ALGORITHM`, `ECC_CURVE`, `WORKLOAD_RSA_KEY_SIZE`).
    package var keyAlgorithm: KeyAlgorithm = .ecdsaP256
    /// How long a certificate is wanted for (`SECRET_TTL`); the authority may give less.
    package var lifetime: Duration = .seconds(86_400)
    /// Renewed when this part of the life is left (`SECRET_GRACE_PERIOD_RATIO`).
    package var graceRatio: Double = 0.5
    /// By how much the ratio differs at random, up or down (`SECRET_GRACE_PERIOD_RATIO_JITTER`).
    package var graceJitter: Double = 0.01
    /// Which cluster the token is of, told with the request (`ISTIO_META_CLUSTER_ID`).
    package var clusterID = "Kubernetes"
    /// Folder into which chain, key and roots are written for others (`OUTPUT_CERTS`), nil for none.
    package var outputFolder: String?

    package init(identity: SPIFFEIdentity, address: ControlPlaneAddress) {
        self.identity = identity
        self.address = address
    }
}

/// Where certificates are mounted.
package struct MountedCertificate: Sendable, Equatable {
    /// Leaf first, then intermediates.
    package var chain: String
    /// The leaf's key.
    package var key: String
    /// The roots of peers.
    package var roots: String
    /// Revocation lists; a path where there is no file is none.
    package var revocationLists: String?

    package init(chain: String, key: String, roots: String, revocationLists: String? = nil) {
        self.chain = chain
        self.key = key
        self.roots = roots
        self.revocationLists = revocationLists
    }

    /// Istio's names in one folder, by default that of `FILE_MOUNTED_CERTS`.
    package static func inFolder(_ folder: String = "/etc/certs") -> MountedCertificate {
        MountedCertificate(
            chain: "\(folder)/cert-chain.pem",
            key: "\(folder)/key.pem",
            roots: "\(folder)/root-cert.pem",
            revocationLists: "\(folder)/ca-crl.pem"
        )
    }
}

/// A port of the control plane that speaks TLS, and how its certificate is verified.
package struct ControlPlaneAddress: Sendable, Equatable, CustomStringConvertible {
    /// Host name or IP address.
    package var host: String
    /// 15012 by default in a cluster.
    package var port: Int
    /// The DNS name that the server's certificate must have, also sent as SNI (`ISTIOD_SAN`).
    package var serverName: String
    /// PEM file of the roots that the server may be rooted in (`CA_ROOT_CA`, `XDS_ROOT_CA`), read for every connection;
    /// nil for those of the system.
    package var rootsFile: String?
    /// File of the Kubernetes token that proves who asks, read for every connection; nil for none.
    package var tokenFile: String?
    /// A certificate made by somebody else that proves it instead (`PROV_CERT`).
    package var provisioned: MountedCertificate?

    /// Istio's name of the control plane, expected where the address is no name.
    package static let defaultServerName = "istiod.istio-system.svc"
    /// Where the injection mounts the roots for the control plane.
    package static let defaultRootsFile = "/var/run/secrets/istio/root-cert.pem"
    /// Where the injection mounts the token of audience `istio-ca`.
    package static let defaultTokenFile = "/var/run/secrets/tokens/istio-token"

    /// `serverName` defaults to the host, or to Istio's name where the host is an address or this machine.
    package init(
        host: String,
        port: Int,
        serverName: String? = nil,
        rootsFile: String? = defaultRootsFile,
        tokenFile: String? = defaultTokenFile,
        provisioned: MountedCertificate? = nil
    ) {
        self.host = host
        self.port = port
        // A name has a letter in its last part; an address of IPv4 has digits, one of IPv6 colons.
        let lastPart = host.split(separator: ".").last ?? ""
        let isName = !host.contains(":") && !lastPart.isEmpty && !lastPart.allSatisfy(\.isNumber) && host != "localhost"
        self.serverName = serverName ?? (isName ? host : Self.defaultServerName)
        self.rootsFile = rootsFile
        self.tokenFile = tokenFile
        self.provisioned = provisioned
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
