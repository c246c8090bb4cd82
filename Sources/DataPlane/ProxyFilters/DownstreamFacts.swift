package import ProxySnapshot
package import ProxyTLS

/// What is known of a downstream connection before its first request, and does not change with requests.
package struct DownstreamFacts {
    /// The connected peer.
    package let remote: SocketAddressValue
    /// The address the peer connected to: the original destination if the connection was captured.
    package let local: SocketAddressValue
    /// The original destination of a captured connection.
    package let originalDestination: SocketAddressValue?
    /// SNI, for logs; empty for plaintext.
    package let serverName: ContiguousArray<UInt8>
    package let remoteText: ContiguousArray<UInt8>
    /// The peer without its port.
    package let remoteAddressText: ContiguousArray<UInt8>
    package let localText: ContiguousArray<UInt8>
    /// What an edge adds to `x-forwarded-for`: the peer without its port.
    package let forwardedFor: ContiguousArray<UInt8>
    /// Whether the connection is encrypted.
    package private(set) var isTLS: Bool
    /// The certificate the peer proved to own; nil for plaintext and for TLS without one.
    package private(set) var peer: PeerCertificateFacts?
    /// The URI name in the certificate that the peer was shown; empty without.
    package private(set) var localIdentity: ContiguousArray<UInt8>

    /// Whether both sides proved who they are.
    package var isMutualTLS: Bool { isTLS && peer != nil }

    /// What `x-forwarded-client-cert` says of the peer: the same for all requests of a connection.
    private(set) var forwardedCertificate: ContiguousArray<UInt8> = []

    /// Notes a finished handshake.
    package mutating func secure(_ certificate: PeerCertificate?, context: TLSContext) {
        isTLS = true
        peer = certificate.map { PeerCertificateFacts($0) }
        localIdentity = context.localIdentityBytes
    }

    /// Makes ready what requests tell the workload of the peer, once for the connection.
    package mutating func describePeer(for manager: HTTPConnectionManager) {
        guard manager.forwardClientCertificate.addsElement, let peer else { return }
        forwardedCertificate = ForwardedCertificate.element(peer, by: localIdentity, manager.clientCertificateDetails)
    }

    package init(
        remote: SocketAddressValue,
        local: SocketAddressValue,
        originalDestination: SocketAddressValue? = nil,
        serverName: String = "",
        isTLS: Bool = false,
        peer: PeerCertificateFacts? = nil,
        localIdentity: ContiguousArray<UInt8> = []
    ) {
        self.remote = remote
        self.local = local
        self.originalDestination = originalDestination
        self.isTLS = isTLS
        self.peer = peer
        self.localIdentity = localIdentity
        self.serverName = ContiguousArray(serverName.utf8)
        remoteText = remote.text
        remoteAddressText = remote.address.text
        localText = local.text
        // Behind another proxy on the same machine its own address says more than 127.0.0.1 (as Envoy does).
        forwardedFor = remote.address.isLoopback ? local.address.text : remoteAddressText
    }
}
