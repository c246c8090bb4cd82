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
}
