/// Where a Kubernetes API is and who asks: read once, handed down.
package struct KubernetesEndpoint: Sendable {
    /// How the client proves who it is, beside a certificate.
    package enum Token: Sendable, Equatable {
        case none
        case text(String)
        /// Read again from time to time: the kubelet renews it.
        case file(String)
    }

    /// `https://HOST:PORT`, without a path.
    package var server: String
    /// PEM; empty trusts the system's roots.
    package var certificateAuthority: [UInt8] = []
    /// PEM of the client's certificate chain and key; both or none.
    package var clientCertificate: [UInt8] = []
    package var clientKey: [UInt8] = []
    package var token: Token = .none
    /// Skips every check of the server's certificate; only what a kubeconfig asks for.
    package var skipsVerification = false
    /// The namespace of objects that name none.
    package var namespace = "default"

    package init(server: String) { self.server = server }
}

/// Why there is no endpoint: the file or variable, and what is wrong with it.
package struct KubernetesEndpointError: Error, Sendable, CustomStringConvertible {
    package var description: String

    package init(_ description: String) { self.description = description }
}
