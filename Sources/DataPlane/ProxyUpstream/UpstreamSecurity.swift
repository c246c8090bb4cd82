package import NIOCore
package import NIOSSL
package import ProxySnapshot
package import ProxyTLS

/// What one connection to an endpoint shakes hands with.
package struct UpstreamSecurity: Sendable {
    package let settings: TLSSettings
    package let context: TLSContext
    /// The name asked for (SNI); nil for none.
    package let serverName: String?

    package init(settings: TLSSettings, context: TLSContext, serverName: String?) {
        self.settings = settings
        self.context = context
        self.serverName = serverName
    }

    /// Settings made ready for a connection now.
    ///
    /// - Parameter speaksHTTP: whether HTTP requests go over it. In the mesh such a connection says so by its application
    ///   protocols, so that the peer can tell it from opaque TCP (Istio's `istio.alpn` filter).
    package static func make(
        _ settings: TLSSettings,
        for endpoint: UpstreamEndpoint,
        speaksHTTP: Bool
    ) -> Result<UpstreamSecurity, TLSUnavailable> {
        let settings = speaksHTTP ? settings.speakingHTTP : settings
        return endpoint.worker.tls.context(for: settings).map { context in
            let host = settings.usesEndpointHost && !endpoint.hostname.isEmpty ? endpoint.hostname : settings.serverName
            return UpstreamSecurity(settings: settings, context: context, serverName: host.isEmpty ? nil : host)
        }
    }

    /// A handler for the front of the pipeline.
    package func makeHandler() throws -> NIOSSLClientHandler {
        try withServerName { try NIOSSLClientHandler(context: context.library, serverHostname: $0) }
    }

    /// A handler for the front of a pipeline that does not ask for the peer itself: bytes pass only after the peer was
    /// found to be wanted, else the connection fails. For any event loop.
    ///
    /// - Parameter now: seconds since 1970.
    package func makeVerifyingHandler(now: @escaping @Sendable () -> Int64) throws -> NIOSSLClientHandler {
        // Without trust anchors the library asks for no certificate, and there is none to verify.
        if settings.core.trust == nil || settings.core.trust == .untrusted {
            guard settings.peer == PeerRequirements() else {
                throw TLSUnavailable(reason: "names of a peer are asked for that no trust anchors verify")
            }
            return try makeHandler()
        }
        let (settings, context) = (settings, context)
        return try withServerName { name in
            try NIOSSLClientHandler._makeSSLClientHandler(
                context: context.library,
                serverHostname: name,
                additionalPeerCertificateVerificationCallback: { certificate, channel in
                    let peer = PeerCertificate(certificate)
                    if let refusal = PeerVerifier.refusal(of: peer, by: settings, context: context, now: now()) {
                        return channel.eventLoop.makeFailedFuture(refusal)
                    }
                    return channel.eventLoop.makeSucceededVoidFuture()
                }
            )
        }
    }

    /// Calls `body` with the server name; an address is none (RFC 6066 section 3): the peer gets none then.
    private func withServerName(_ body: (String?) throws -> NIOSSLClientHandler) throws -> NIOSSLClientHandler {
        do {
            return try body(serverName)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try body(nil)
        }
    }

    /// Why the peer of a finished handshake is not wanted; one that is wanted is noted with the worker.
    package func refusal(on channel: any Channel, worker: Worker) -> PeerRefusal? {
        let peer = worker.shownCertificate(on: channel)
        if let refusal = worker.refusal(of: peer, by: settings, context: context) { return refusal }
        if let peer { worker.securedPeers.add(peer, settings, on: channel) }
        return nil
    }
}

extension Worker {
    /// Why the peer of a finished handshake is not wanted; nil if it is.
    ///
    /// - Parameter context: what the handshake began with. A revocation list that came since then counts, too: it has
    ///   ended the connections that were up, of which this one was none yet.
    package func refusal(of peer: PeerCertificate?, by settings: TLSSettings, context: TLSContext) -> PeerRefusal? {
        let now = clock.wallNanoseconds / 1_000_000_000
        let latest = context.isReplaced ? try? tls.context(for: settings).get() : nil
        return PeerVerifier.refusal(of: peer, by: settings, context: latest ?? context, now: now)
    }

    /// What the peer of a finished handshake showed. Strangers, whose handshake failed, are not kept in mind.
    package func shownCertificate(on channel: any Channel) -> PeerCertificate? {
        channel.shownNIOCertificate.map(knownPeers.peer)
    }

    /// Why a handshake failed, for logs; with both times if the clocks are the reason.
    package func text(ofHandshake error: any Error, on channel: any Channel) -> String {
        TLSFailure.text(
            of: error,
            peer: channel.shownNIOCertificate.map(PeerCertificate.init),
            now: clock.wallNanoseconds / 1_000_000_000
        )
    }
}

extension Channel {
    /// What the peer showed, verified or not.
    fileprivate var shownNIOCertificate: NIOSSLCertificate? {
        (try? pipeline.syncOperations.nioSSL_peerCertificate()).flatMap { $0 }
    }
}
