internal import Foundation
internal import RegularExpressions

extension HTTPRedirect: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        uri = fields.string("uri")
        prefixRewrite = fields.string("prefixRewrite")
        authority = fields.string("authority")
        port = fields.port("port")
        derivePort = fields.enumeration("derivePort")
        scheme = fields.string("scheme")
        redirectCode = fields.integer("redirectCode", in: 0...599) ?? 0
        fields.exclusive("port", "derivePort")
        fields.exclusive("uri", "prefixRewrite")
        fields.require(
            !uri.isEmpty || !prefixRewrite.isEmpty || !authority.isEmpty || !scheme.isEmpty || port != nil
                || derivePort != nil,
            "",
            "a redirect must set uri, prefixRewrite, authority, port or scheme"
        )
        let codes: [UInt32] = [301, 302, 303, 307, 308]
        fields.require(
            redirectCode == 0 || codes.contains(redirectCode),
            "redirectCode",
            "must be one of 301, 302, 303, 307, 308, not \(redirectCode)"
        )
        fields.require(
            ["", "http", "https"].contains(scheme),
            "scheme",
            "must be http or https, not \(scheme.quotedForMessage)"
        )
    }
}

extension HTTPDirectResponse: FieldDecodable {
    /// Bytes beyond which Istio warns, and beyond which it refuses.
    private static let bodyLimits = (warning: 100 << 10, error: 1 << 20)

    init(fields: FieldReader) {
        self.init()
        fields.require(fields.has("status"), "status", "is required")
        status = fields.integer("status", in: 200...599) ?? 0
        guard let content = fields.reader("body") else { return }
        let text = content.string("string")
        let encoded = content.string("bytes")
        content.exclusive("string", "bytes")
        if content.has("bytes") {
            guard let data = Data(base64Encoded: encoded) else {
                content.error("bytes", "is not base64")
                return
            }
            body = .bytes(Array(data))
        } else if content.has("string") {
            body = .string(text)
        }
        let size = content.has("bytes") ? encoded.utf8.count : text.utf8.count
        content.require(size <= Self.bodyLimits.error, "", "has \(size) bytes; at most \(Self.bodyLimits.error)")
        if size > Self.bodyLimits.warning { content.warning("", "has \(size) bytes, which costs every proxy memory") }
        content.finish()
    }
}

extension HTTPRewrite: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        uri = fields.string("uri")
        authority = fields.string("authority")
        uriRegexRewrite = fields.message("uriRegexRewrite")
        fields.exclusive("uri", "uriRegexRewrite")
        fields.require(
            !uri.isEmpty || !authority.isEmpty || uriRegexRewrite != nil,
            "",
            "a rewrite must set uri, uriRegexRewrite or authority"
        )
    }
}

extension RegexRewrite: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        match = fields.requiredString("match")
        rewrite = fields.requiredString("rewrite")
        do throws(RegularExpressionError) {
            let expression = try RegularExpression(match)
            if let reason = expression.reasonAgainst(rewrite: rewrite) { fields.error("rewrite", reason) }
        } catch {
            fields.error("match", "is not an RE2 expression: \(error)")
        }
    }
}
