internal import EnvoyAPI
internal import MeshIdentity
internal import ProxyIdentity
internal import SwiftProtobuf

/// What environment and node say of identity: where certificates come from, and whether discovery is by TLS.
///
/// Under the names of Istio's agent; `MARTLET_DISCOVERY_TLS` (true or false), `MARTLET_CERTS_FOLDER` and `JWT_PATH` are
/// ours, for machines without a pod's mounts.
struct IdentityEnvironment {
    private let environment: ProxyEnvironment
    private let node: Envoy_Config_Core_V3_Node
    /// What is not acted on, a line each.
    private(set) var warnings: [String] = []

    init(_ environment: ProxyEnvironment, node: Envoy_Config_Core_V3_Node) {
        self.environment = environment
        self.node = node
    }

    /// The source of the identity and how discovery is reached, nil for plain text.
    ///
    /// - Throws: `AgentConfigurationError` for an address that is none, a name no identity can have, or options that
    ///   exclude each other.
    mutating func read(
        _ discovery: HostPort
    ) throws(AgentConfigurationError) -> (source: IdentitySource, discovery: ControlPlaneAddress?) {
        let mounted = try mountedCertificate()
        let discoveryTLS = usesTLS(discovery) ? address(discovery, roots: "XDS_ROOT_CA", mounted) : nil
        if let mounted { return (.files(mounted), discoveryTLS) }
        guard let authority = try authorityAddress(discovery, discoveryTLS) else { return (.none, discoveryTLS) }
        return (.authority(try settings(authority)), discoveryTLS)
    }

    /// By TLS unless the port is that of plain text or the control plane is on this machine.
    private func usesTLS(_ discovery: HostPort) -> Bool {
        if let text = value("MARTLET_DISCOVERY_TLS") { return Self.isTrue(text) }
        let isHere = discovery.host == "localhost" || discovery.host == "::1" || discovery.host.hasPrefix("127.")
        return discovery.port == 15012 || (discovery.port != 15010 && !isHere)
    }

    private func mountedCertificate() throws(AgentConfigurationError) -> MountedCertificate? {
        let isMounted = Self.isTrue(value("FILE_MOUNTED_CERTS") ?? "")
        if isMounted, value("PROV_CERT") != nil {
            throw .identity(reason: "PROV_CERT and FILE_MOUNTED_CERTS exclude each other")
        }
        guard isMounted else { return nil }
        var files = MountedCertificate.inFolder(value("MARTLET_CERTS_FOLDER") ?? "/etc/certs")
        files.chain = metadata("TLS_CLIENT_CERT_CHAIN") ?? files.chain
        files.key = metadata("TLS_CLIENT_KEY") ?? files.key
        files.roots = metadata("TLS_CLIENT_ROOT_CERT") ?? files.roots
        return files
    }

    /// `CA_ADDR`, else where discovery is; nil where nothing says that there is an authority: discovery in plain text,
    /// and neither an address with a token nor a certificate to show.
    private func authorityAddress(
        _ discovery: HostPort,
        _ discoveryTLS: ControlPlaneAddress?
    ) throws(AgentConfigurationError) -> ControlPlaneAddress? {
        guard let text = value("CA_ADDR") else {
            return discoveryTLS.map { _ in self.address(discovery, roots: "CA_ROOT_CA", nil) }
        }
        guard let authority = HostPort(text) else {
            throw .identity(reason: "CA_ADDR '\(text)' is not HOST:PORT")
        }
        let address = self.address(authority, roots: "CA_ROOT_CA", nil)
        let canAsk = address.provisioned != nil || FileReading.exists(tokenFile)
        return discoveryTLS != nil || canAsk ? address : nil
    }

    private func address(
        _ place: HostPort,
        roots: String,
        _ mounted: MountedCertificate?
    ) -> ControlPlaneAddress {
        let provisioned = value("PROV_CERT").map { MountedCertificate.inFolder($0) }
        var rootsFile: String?
        switch value(roots) {
        case "SYSTEM": rootsFile = nil
        case let path?: rootsFile = path
        case nil:
            let ownRoots = provisioned?.roots ?? mounted?.roots
            rootsFile = ownRoots.flatMap { FileReading.exists($0) ? $0 : nil } ?? ControlPlaneAddress.defaultRootsFile
        }
        return ControlPlaneAddress(
            host: place.host,
            port: place.port,
            serverName: value("ISTIOD_SAN").flatMap { Self.isDNSName($0) ? $0 : nil },
            rootsFile: rootsFile,
            tokenFile: tokenFile,
            provisioned: provisioned
        )
    }

    private var tokenFile: String { value("JWT_PATH") ?? ControlPlaneAddress.defaultTokenFile }

    private mutating func settings(
        _ authority: ControlPlaneAddress
    ) throws(AgentConfigurationError) -> AuthoritySettings {
        let trustDomain = value("TRUST_DOMAIN") ?? "cluster.local"
        let namespace = metadata("NAMESPACE") ?? "default"
        let account = value("SERVICE_ACCOUNT") ?? metadata("SERVICE_ACCOUNT") ?? "default"
        guard
            let identity = SPIFFEIdentity(
                trustDomain: trustDomain,
                namespace: namespace,
                serviceAccount: account
            )
        else {
            throw .identity(
                reason: "TRUST_DOMAIN '\(trustDomain)', namespace '\(namespace)' and SERVICE_ACCOUNT '\(account)'"
                    + " make no SPIFFE identity"
            )
        }
        var settings = AuthoritySettings(identity: identity, address: authority)
        settings.clusterID = metadata("CLUSTER_ID").flatMap { Self.isVisible($0) ? $0 : nil } ?? "Kubernetes"
        settings.outputFolder = value("OUTPUT_CERTS")
        settings.keyAlgorithm = keyAlgorithm()
        if let text = value("SECRET_TTL") {
            if let lifetime = Duration(setting: text), lifetime >= .seconds(1) {
                settings.lifetime = lifetime
            } else {
                warnings.append("environment SECRET_TTL '\(text)': it is no duration such as 24h")
            }
        }
        settings.graceRatio = ratio("SECRET_GRACE_PERIOD_RATIO") ?? settings.graceRatio
        settings.graceJitter = ratio("SECRET_GRACE_PERIOD_RATIO_JITTER") ?? settings.graceJitter
        return settings
    }

    private mutating func keyAlgorithm() -> KeyAlgorithm {
        if let text = value("ECC_SIGNATURE_ALGORITHM") {
            if text != "ECDSA" { warnings.append("environment ECC_SIGNATURE_ALGORITHM '\(text)': ECDSA is used") }
            switch value("ECC_CURVE") {
            case "P384": return .ecdsaP384
            case nil, "P256": return .ecdsaP256
            case let text?:
                warnings.append("environment ECC_CURVE '\(text)': P256 is used")
                return .ecdsaP256
            }
        }
        guard let text = value("WORKLOAD_RSA_KEY_SIZE") else { return .ecdsaP256 }
        guard let bits = Int(text), [2048, 3072, 4096].contains(bits) else {
            warnings.append("environment WORKLOAD_RSA_KEY_SIZE '\(text)': there are 2048, 3072 and 4096; 2048 is used")
            return .rsa(bits: 2048)
        }
        return .rsa(bits: bits)
    }

    private mutating func ratio(_ name: String) -> Double? {
        guard let text = value(name) else { return nil }
        guard let number = Double(text), (0...1).contains(number) else {
            warnings.append("environment \(name) '\(text)': it is no number from 0 to 1")
            return nil
        }
        return number
    }

    private func value(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }

    private func metadata(_ name: String) -> String? {
        node.metadata.fields[name].flatMap { $0.stringValue.isEmpty ? nil : $0.stringValue }
    }

    private static func isTrue(_ text: String) -> Bool { ["true", "1"].contains(text.lowercased()) }

    private static func isDNSName(_ text: String) -> Bool {
        HostPort("\(text):1") != nil && !text.contains(":") && !text.contains("%")
    }

    private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }
}
