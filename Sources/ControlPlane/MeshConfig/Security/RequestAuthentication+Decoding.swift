extension RequestAuthentication: FieldDecodable {
    /// Rules of Istio's `ValidateRequestAuthentication`.
    init(fields: FieldReader) {
        self.init()
        attachment = fields.policyAttachment()
        jwtRules = fields.messages("jwtRules")
        fields.require(jwtRules.count <= 4096, "jwtRules", "at most 4096")
    }
}

extension JWTRule: FieldDecodable {
    init(fields: FieldReader) {
        self.init()
        source = fields.location
        issuer = fields.string("issuer")
        audiences = fields.texts("audiences")
        readKeys(fields)
        fromHeaders = fields.messages("fromHeaders")
        fromParams = fields.texts("fromParams")
        fromCookies = fields.texts("fromCookies")
        outputPayloadToHeader = fields.string("outputPayloadToHeader")
        forwardOriginalToken = fields.bool("forwardOriginalToken") ?? false
        outputClaimToHeaders = fields.messages("outputClaimToHeaders")
        timeout = fields.duration("timeout") ?? timeout
        spaceDelimitedClaims = fields.texts("spaceDelimitedClaims")
        presence = fields.enumeration("presence") ?? .optional
        fields.require(spaceDelimitedClaims.count <= 64, "spaceDelimitedClaims", "at most 64")
        if !outputPayloadToHeader.isEmpty, let reason = NameSyntax.headerName(outputPayloadToHeader) {
            fields.error("outputPayloadToHeader", reason)
        }
    }

    private mutating func readKeys(_ fields: FieldReader) {
        // Istio's schema knows the second name under which protobuf's JSON writes it, too.
        fields.exclusive("jwksUri", "jwks_uri", "jwks")
        let uris = ["jwksUri", "jwks_uri"].map { (name: $0, text: fields.string($0)) }
        let jwks = fields.string("jwks")
        if let uri = uris.first(where: { !$0.text.isEmpty }) {
            if let reason = URLSyntax.web(uri.text) { fields.error(uri.name, reason) }
            keys = .fetched(.url(uri.text))
        } else if !jwks.isEmpty {
            do throws(JSONWebKeySet.Failure) {
                let set = try JSONWebKeySet(jwks)
                if let index = set.privateKeyIndex {
                    fields.warning("jwks", "key \(index) holds a private key; only the public part is used: replace it")
                }
            } catch {
                fields.error("jwks", error.reason)
            }
            keys = .inline(jwks)
        } else {
            keys = .discovery(issuer: issuer)
            if issuer.isEmpty {
                fields.error("issuer", "issuer or jwksUri is required")
            } else if let reason = URLSyntax.web(issuer) {
                fields.error("jwksUri", "or jwks is required, as the keys cannot be found by the issuer: \(reason)")
            }
        }
    }
}

extension JWTRule.Header: FieldDecodable {
    init(fields: FieldReader) {
        self.init(name: fields.requiredString("name"), prefix: fields.string("prefix"))
        if !name.isEmpty, let reason = NameSyntax.headerName(name) { fields.error("name", reason) }
        if prefix.utf8.contains(where: { $0 == 0 || $0 == 0x0A || $0 == 0x0D }) {
            fields.error("prefix", "must not contain line breaks or NUL")
        }
    }
}

extension JWTRule.ClaimToHeader: FieldDecodable {
    init(fields: FieldReader) {
        self.init(header: fields.requiredString("header"), claim: fields.requiredString("claim"))
        let isName = header.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        }
        if !header.isEmpty, !isName {
            fields.error("header", "\(header.quotedForMessage) is not of letters, digits, `-` and `_`")
        }
    }
}

extension FieldReader {
    /// A list of strings of which none may be empty.
    fileprivate func texts(_ name: String) -> [String] {
        strings(name) { $0.isEmpty ? "must not be empty" : nil }
    }
}
