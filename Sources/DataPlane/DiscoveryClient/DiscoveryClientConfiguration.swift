package import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import ProxyIdentity
package import ProxySnapshot

/// The static settings of the discovery client.
package struct DiscoveryClientConfiguration: Sendable {
    /// Host name or IP address of the control plane.
    package var host: String
    /// Its xDS port: 15012 for TLS, 15010 for plain text.
    package var port: Int
    /// Who the proxy is; sent once per stream.
    package var node: Envoy_Config_Core_V3_Node
    /// Whether the proxies that carry the same load are asked for (Istio `ENABLE_SELF_DISCOVERY`), of which a proxy that
    /// does not know where it is has no use.
    package var discoversItself = false
    /// How it is reached by TLS and with which credentials; nil is plain text, for loopback and trusted networks.
    package var access: ControlPlaneAccess?
    /// Gets the mesh's roots (SDS `ROOTCA`) whenever they change; nil subscribes to none.
    package var trust: (@Sendable (TrustBundle) -> Void)?
    /// Why nothing can be served with a secret; the control plane is told so, and the one of before stays.
    package var secretFault: @Sendable (TLSSecret) -> String? = { _ in nil }
    /// Waits between attempts.
    package var backoff = Backoff()
    /// The largest response accepted, in bytes.
    package var maxResponseBytes = 256 << 20

    /// Settings with Envoy's back-off.
    package init(host: String, port: Int, node: Envoy_Config_Core_V3_Node) {
        self.host = host
        self.port = port
        self.node = node
    }

    /// A fresh transport per stream: the back-off between attempts is ours, and a new attempt resolves the name, reads
    /// the token and takes the certificate anew. `failures` counts the attempts in a row that got no answer.
    ///
    /// - Throws: when there are no credentials, or roots by which to verify the server.
    func connection(failures: Int) throws -> (transport: HTTP2ClientTransport.Posix, metadata: Metadata) {
        let prepared = try access?.prepare(failures: failures)
        let transport = try HTTP2ClientTransport.Posix.http2NIOPosix(
            target: .dns(host: host, port: port),
            transportSecurity: prepared?.security ?? .plaintext,
            config: .defaults { config in
                config.http2.authority = prepared?.serverName
                // Finds a dead control plane within half a minute although nothing is sent for hours.
                config.connection.keepalive = .init(time: .seconds(20), timeout: .seconds(10), allowWithoutCalls: false)
                config.connection.maxIdleTime = nil
                config.http2.targetWindowSize = 1 << 20
            }
        )
        return (transport, prepared?.metadata ?? [:])
    }

    /// Fails at once when there is no connection, so that the back-off decides.
    var callOptions: CallOptions {
        var options = CallOptions.defaults
        options.waitForReady = false
        options.maxResponseMessageBytes = maxResponseBytes
        // The transport (grpc-swift-nio-transport 2.9) holds what it receives to the limit for requests, 4 MiB by default.
        options.maxRequestMessageBytes = maxResponseBytes
        return options
    }
}
