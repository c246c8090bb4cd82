package import NIOCore
package import NIOSSL
package import ProxySnapshot
package import ProxyTLS

/// What one connection to an endpoint shakes hands with.
package struct UpstreamSecurity {
    let settings: TLSSettings
    let context: TLSContext
    /// The name asked for (SNI); nil for none.
    let serverName: String?

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
        do {
            return try NIOSSLClientHandler(context: context.library, serverHostname: serverName)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            // An address is no server name (RFC 6066 section 3): the peer gets none.
            return try NIOSSLClientHandler(context: context.library, serverHostname: nil)
        }
    }

    /// Why the peer of a finished handshake is not wanted; one that is wanted is noted with the worker.
    package func refusal(on channel: any Channel, worker: Worker) -> PeerRefusal? {
        let peer = channel.shownCertificate
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
        let latest = try? tls.context(for: settings).get()
        return PeerVerifier.refusal(of: peer, by: settings, context: latest ?? context, now: now)
    }

    /// Why a handshake failed, for logs; with both times if the clocks are the reason.
    package func text(ofHandshake error: any Error, on channel: any Channel) -> String {
        TLSFailure.text(of: error, peer: channel.shownCertificate, now: clock.wallNanoseconds / 1_000_000_000)
    }
}

extension Channel {
    /// What the peer showed in the handshake, verified or not. On the channel's loop.
    package var shownCertificate: PeerCertificate? {
        (try? pipeline.syncOperations.nioSSL_peerCertificate()).flatMap { $0 }.map(PeerCertificate.init)
    }
}
