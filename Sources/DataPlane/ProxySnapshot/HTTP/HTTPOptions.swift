/// `HttpConnectionManager.CodecType`; HTTP/3 is refused at parse time.
package enum DownstreamCodec: Sendable, Equatable {
    case auto
    case http1
    case http2
}

/// `HttpConnectionManager.ServerHeaderTransformation`.
package enum ServerHeaderTransformation: Sendable, Equatable {
    case overwrite
    case appendIfAbsent
    case passThrough
}

/// `HttpConnectionManager.PathWithEscapedSlashesAction`; the implementation's default is to keep.
package enum EscapedSlashesAction: Sendable, Equatable {
    case keepUnchanged
    case rejectRequest
    case unescapeAndRedirect
    case unescapeAndForward
}

/// `HttpConnectionManager.ForwardClientCertDetails`.
package enum ForwardClientCertificate: Sendable, Equatable {
    case sanitize
    case forwardOnly
    case appendForward
    case sanitizeSet
    case alwaysForwardOnly

    /// Whether the caller's certificate is told at all.
    package var addsElement: Bool { self == .appendForward || self == .sanitizeSet }
}

/// `HttpConnectionManager.SetCurrentClientCertDetails`: what is told of the caller's certificate beside its hash and the
/// identity it was shown to. Its PEM (`cert`, `chain`) too, where asked for.
package struct ClientCertificateDetails: Sendable, Equatable {
    package var subject: Bool
    package var cert: Bool
    package var chain: Bool
    package var dns: Bool
    package var uri: Bool

    package init(
        subject: Bool = false,
        cert: Bool = false,
        chain: Bool = false,
        dns: Bool = false,
        uri: Bool = false
    ) {
        self.subject = subject
        self.cert = cert
        self.chain = chain
        self.dns = dns
        self.uri = uri
    }
}
