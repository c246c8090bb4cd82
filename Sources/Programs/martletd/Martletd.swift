import ArgumentParser
import CertificateAuthority
import ControlPlaneRuntime
import Foundation
import IssuerKeys
import KubernetesClient
import Logging

/// The control plane as a program: reads flags, runs ``ControlPlane``.
@main
struct Martletd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martletd",
        abstract: "The control plane: serves xDS made from Istio and Kubernetes objects.",
        discussion: """
            Objects come from files (--config), from a Kubernetes API (--kubeconfig), or both. In a pod, without either, \
            they come from the API of its cluster.
            """
    )

    @Option(name: .customLong("config"), help: "A folder or file of YAML to serve and watch; repeatable.")
    var config: [String] = []

    @Option(help: "A kubeconfig file; its current context names the Kubernetes API to follow.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig to use instead of the current one.")
    var context: String?

    @Option(help: "Where to serve the admission webhooks over TLS, such as 0.0.0.0:15017; needs a Kubernetes API.")
    var webhookAddress: String?

    @Option(help: "The revision that this control plane injects.")
    var revision = "default"

    @Option(help: "The file with the mesh configuration.")
    var meshConfig: String?

    @Option(help: "Where to serve xDS without TLS to whoever gets there; port 0 takes a free one, none serves nothing.")
    var xdsAddress = "127.0.0.1:15010"

    @Option(
        help: """
            Where to serve xDS and certificates over TLS, to callers with a token or certificate; port 0 takes a free \
            one, "none" serves neither.
            """
    )
    var secureAddress = "127.0.0.1:15012"

    @Option(
        name: .customLong("ca-dir"),
        help: """
            A folder with ca-cert.pem, ca-key.pem, cert-chain.pem, root-cert.pem and ca-crl.pem; made when empty, \
            watched. Without it Secrets of the Kubernetes API hold them.
            """
    )
    var authorityFolder: String?

    @Option(name: .customLong("ca-key-type"), help: "The key of a self-signed root: ecdsa or rsa.")
    var authorityKeyType = "ecdsa"

    @Option(help: "The longest life of a workload's certificate, such as 24h.")
    var maxCertificateTTL = "2160h"

    @Option(help: "A JSON Web Key Set that verifies service-account tokens in place of a Kubernetes API's reviews.")
    var tokenPublicKeys: String?

    @Option(help: "A further DNS name of the certificate that the TLS port shows; repeatable.")
    var servingName: [String] = []

    @Option(help: "Where to serve metrics and /debug; port 0 takes a free one.")
    var monitoringAddress = "127.0.0.1:15014"

    @Option(help: "An IP address that may ask for /debug, beside the loopback and callers with a token; repeatable.")
    var debugSource: [String] = []

    @Flag(
        help:
            "Fetch keys of token issuers from loopback, link-local and metadata addresses, too (MARTLET_JWKS_ALLOW_PRIVATE=true)."
    )
    var jwksAllowPrivate = false

    @Option(
        help: "A file of further authorities for the certificates of token issuers; /cacerts/extra.pem if it is there."
    )
    var jwksExtraRoots: String?

    @Option(
        help: """
            Ask for the keys of token issuers anew after so long; without it as PILOT_JWT_PUB_KEY_REFRESH_INTERVAL says, \
            or 20m.
            """
    )
    var jwksRefreshInterval: String?

    @Option(help: "A file to write the bound addresses to, as JSON.")
    var readyFile: String?

    @Option(help: "trace, debug, info, notice, warning, error or critical.")
    var logLevel = "info"

    @Option(help: "Push after so long without a change, such as 100ms.")
    var debounceAfter = "100ms"

    @Option(help: "Push at the latest so long after the first change, such as 10s.")
    var debounceMax = "10s"

    func run() async throws {
        var configuration = ControlPlaneConfiguration()
        configuration.configPaths = config
        configuration.meshConfigPath = meshConfig
        configuration.readyFile = readyFile
        configuration.debugSources = debugSource
        let environment = ProcessInfo.processInfo.environment
        configuration.issuerKeys.allowsPrivate = jwksAllowPrivate || environment["MARTLET_JWKS_ALLOW_PRIVATE"] == "true"
        let extraRoots = "/cacerts/extra.pem"
        configuration.issuerKeys.extraRoots =
            jwksExtraRoots ?? (FileManager.default.isReadableFile(atPath: extraRoots) ? extraRoots : nil)
        if let jwksRefreshInterval {
            configuration.issuerKeys.refreshInterval = try pause(jwksRefreshInterval, of: "--jwks-refresh-interval")
        } else if let interval = environment["PILOT_JWT_PUB_KEY_REFRESH_INTERVAL"] {
            configuration.issuerKeys.refreshInterval = try pause(interval, of: "PILOT_JWT_PUB_KEY_REFRESH_INTERVAL")
        }
        configuration.kubernetes = try kubernetes()
        configuration.revision = revision
        if let webhookAddress {
            guard configuration.kubernetes != nil else {
                throw ValidationError("--webhook-address: a webhook is called by a Kubernetes API; name a --kubeconfig")
            }
            configuration.webhookAddress = try address(webhookAddress, of: "--webhook-address")
        }
        configuration.xdsAddress = try optionalAddress(xdsAddress, of: "--xds-address")
        configuration.secureAddress = try optionalAddress(secureAddress, of: "--secure-address")
        configuration.authority = try authority()
        configuration.monitoringAddress = try address(monitoringAddress, of: "--monitoring-address")
        configuration.debounceAfter = try duration(debounceAfter, of: "--debounce-after")
        configuration.debounceMax = try duration(debounceMax, of: "--debounce-max")
        guard let level = Logger.Level(rawValue: logLevel) else {
            throw ValidationError("--log-level: \"\(logLevel)\" is none of the levels; see --help")
        }
        LoggingSystem.bootstrap { label in StreamLogHandler.standardError(label: label) }
        var logger = Logger(label: "martletd")
        logger.logLevel = level
        try await ControlPlane(configuration: configuration, logger: logger).run()
    }

    /// The API to follow: as told, or in a pod without any `--config` that of its cluster.
    private func kubernetes() throws -> KubernetesEndpoint? {
        if let kubeconfig { return try KubernetesEndpoint.kubeconfig(at: kubeconfig, context: context) }
        guard context == nil else { throw ValidationError("--context needs a --kubeconfig") }
        let environment = ProcessInfo.processInfo.environment
        guard config.isEmpty, environment["KUBERNETES_SERVICE_HOST"] != nil else { return nil }
        return try KubernetesEndpoint.inCluster(environment: environment)
    }

    private func authority() throws -> ControlPlaneConfiguration.Authority {
        var authority = ControlPlaneConfiguration.Authority()
        authority.folder = authorityFolder
        guard let kind = AuthorityKeyKind(rawValue: authorityKeyType) else {
            throw ValidationError("--ca-key-type: \"\(authorityKeyType)\" is neither ecdsa nor rsa")
        }
        authority.keyKind = kind
        let maximum = try duration(maxCertificateTTL, of: "--max-certificate-ttl")
        authority.maximumLifetime = max(1, maximum.components.seconds)
        authority.tokenKeysPath = tokenPublicKeys
        authority.servingNames = servingName
        return authority
    }

    private func optionalAddress(_ text: String, of flag: String) throws -> ListenAddress? {
        text == "none" ? nil : try address(text, of: flag)
    }

    private func address(_ text: String, of flag: String) throws -> ListenAddress {
        guard let address = ListenAddress(text) else {
            throw ValidationError("\(flag): \"\(text)\" is not HOST:PORT")
        }
        return address
    }

    private func duration(_ text: String, of flag: String) throws -> Duration {
        guard let duration = Duration(flag: text) else {
            throw ValidationError("\(flag): \"\(text)\" is not a duration such as 100ms or 1.5s")
        }
        return duration
    }

    /// A duration between two requests to somebody else's server.
    private func pause(_ text: String, of flag: String) throws -> Duration {
        let pause = try duration(text, of: flag)
        guard pause >= .milliseconds(100) else {
            throw ValidationError("\(flag): \(text) is too short, 100ms is the least")
        }
        return pause
    }
}
