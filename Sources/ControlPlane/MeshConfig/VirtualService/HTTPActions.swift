/// A redirect answered to the client (Istio `HTTPRedirect`).
package struct HTTPRedirect: Sendable, Hashable {
    /// How the port of the location is derived (Istio `HTTPRedirect.RedirectPortSelection`).
    package enum PortSelection: String, Sendable, Hashable, CaseIterable {
        case fromProtocolDefault = "FROM_PROTOCOL_DEFAULT"
        case fromRequestPort = "FROM_REQUEST_PORT"
    }

    /// Replaces the whole path; empty keeps it.
    package var uri = ""
    /// Replaces the prefix that matched; empty keeps it; excludes `uri`.
    package var prefixRewrite = ""
    /// Replaces the authority; empty keeps it.
    package var authority = ""
    /// Port written in the location; excludes `derivePort`.
    package var port: UInt32?
    /// Rule for the port; excludes `port`.
    package var derivePort: PortSelection?
    /// `http` or `https`; empty keeps it.
    package var scheme = ""
    /// Status; 0 means 301.
    package var redirectCode: UInt32 = 0

    package init() {}
}

/// An answer from the proxy itself (Istio `HTTPDirectResponse`).
package struct HTTPDirectResponse: Sendable, Hashable {
    /// Body of the answer (Istio `HTTPBody`).
    package enum Body: Sendable, Hashable {
        /// Text as written.
        case string(String)
        /// Bytes, base64 in YAML.
        case bytes([UInt8])
    }

    /// Status, 200...599 once validated.
    package var status: UInt32 = 0
    /// Body; nil for none.
    package var body: Body?

    package init() {}
}

/// Changes of a request before it is forwarded (Istio `HTTPRewrite`).
package struct HTTPRewrite: Sendable, Hashable {
    /// Replaces the matched prefix, or the whole path for an exact match; empty keeps it.
    package var uri = ""
    /// Replaces the authority; empty keeps it.
    package var authority = ""
    /// Rewrite by expression; excludes `uri`.
    package var uriRegexRewrite: RegexRewrite?

    package init() {}
}

/// Rewrite of a path by an RE2 expression (Istio `RegexRewrite`).
package struct RegexRewrite: Sendable, Hashable {
    /// RE2 expression.
    package var match = ""
    /// Replacement; `\1` stands for the first capture.
    package var rewrite = ""

    package init() {}
}
