internal import ProxySnapshot

/// A token in compact form (RFC 7515 section 7.1), taken apart and checked for form; nothing is verified yet.
struct SignedToken: Sendable {
    /// `alg` as it is written.
    let algorithmName: ContiguousArray<UInt8>
    let algorithm: TokenAlgorithm?
    /// `kid`; empty without one.
    let keyIdentifier: ContiguousArray<UInt8>
    /// The claims.
    let payload: MetadataValue
    /// The payload as it is written.
    let payloadText: ContiguousArray<UInt8>
    let issuer: ContiguousArray<UInt8>
    /// `aud`, as comparisons take it; nil without one.
    let audiences: [ContiguousArray<UInt8>]?
    /// Seconds since 1970; nil if the token does not say.
    let expires: Int64?
    let notBefore: Int64?
    /// What was signed.
    let signedText: ContiguousArray<UInt8>
    let signature: ContiguousArray<UInt8>

    /// Reads a token.
    init(_ text: UnsafeRawBufferPointer) throws(TokenFailure) {
        let dot = UInt8(ascii: ".")
        guard let first = text.firstIndex(of: dot), let last = text.lastIndex(of: dot), first < last,
            !text[(first + 1)..<last].contains(dot), first > 0, last > first + 1, last + 1 < text.count
        else { throw .badFormat }
        guard let headerBytes = Base64URL.decode(UnsafeRawBufferPointer(rebasing: text[..<first])) else {
            throw .headerBadBase64
        }
        guard case .object(let header)? = JSONReader.read(headerBytes) else { throw .headerBadJSON }
        (algorithmName, keyIdentifier) = try Self.header(.object(header))
        algorithm = TokenAlgorithm(rawValue: String(decoding: algorithmName, as: UTF8.self))

        let payloadPart = UnsafeRawBufferPointer(rebasing: text[(first + 1)..<last])
        guard let payloadBytes = Base64URL.decode(payloadPart) else { throw .payloadBadBase64 }
        guard let payload = JSONReader.read(payloadBytes), case .object = payload else { throw .payloadBadJSON }
        self.payload = payload
        payloadText = ContiguousArray(payloadPart)
        issuer = try Self.text(payload, "iss", .issuerNotText) ?? []
        _ = try Self.text(payload, "sub", .subjectNotText)
        _ = try Self.time(payload, "iat", .issuedAtNotInteger, .issuedAtNotPositive)
        notBefore = try Self.time(payload, "nbf", .notBeforeNotInteger, .notBeforeNotPositive)
        expires = try Self.time(payload, "exp", .expiresNotInteger, .expiresNotPositive)
        _ = try Self.text(payload, "jti", .identifierNotText)
        audiences = try Self.audiences(payload)
        guard let signature = Base64URL.decode(UnsafeRawBufferPointer(rebasing: text[(last + 1)...])) else {
            throw .signatureBadBase64
        }
        self.signature = signature
        signedText = ContiguousArray(text[..<last])
    }

    private static func member(_ object: MetadataValue, _ name: StaticString) -> MetadataValue? {
        object.member(ContiguousArray(name.utf8))
    }

    private static func header(
        _ header: MetadataValue
    ) throws(TokenFailure) -> (ContiguousArray<UInt8>, ContiguousArray<UInt8>) {
        guard case .text(let algorithm)? = member(header, "alg") else { throw .headerBadAlgorithm }
        // Shared secrets have names that are known, and no key that fits them.
        let known = ["HS256", "HS384", "HS512"]
        let name = String(decoding: algorithm, as: UTF8.self)
        guard TokenAlgorithm(rawValue: name) != nil || known.contains(name) else { throw .headerUnknownAlgorithm }
        guard member(header, "crit") == nil else { throw .headerCritical }
        switch member(header, "kid") {
        case nil: return (algorithm, [])
        case .text(let identifier)?: return (algorithm, identifier)
        default: throw .headerBadKeyIdentifier
        }
    }

    private static func text(
        _ payload: MetadataValue,
        _ name: StaticString,
        _ failure: TokenFailure
    ) throws(TokenFailure) -> ContiguousArray<UInt8>? {
        switch member(payload, name) {
        case nil: return nil
        case .text(let text)?: return text
        default: throw failure
        }
    }

    private static func time(
        _ payload: MetadataValue,
        _ name: StaticString,
        _ noInteger: TokenFailure,
        _ notPositive: TokenFailure
    ) throws(TokenFailure) -> Int64? {
        switch member(payload, name) {
        case nil: return nil
        case .integer(let seconds)?:
            guard seconds >= 0 else { throw notPositive }
            return seconds
        case .number(let seconds)?:
            guard seconds >= 0, let whole = Int64(exactly: seconds.rounded(.down)) else { throw notPositive }
            return whole
        default: throw noInteger
        }
    }

    private static func audiences(_ payload: MetadataValue) throws(TokenFailure) -> [ContiguousArray<UInt8>]? {
        switch member(payload, "aud") {
        case nil: return nil
        case .text(let audience)?: return [TokenProvider.audience(audience)]
        case .list(let elements)?:
            var audiences: [ContiguousArray<UInt8>] = []
            for element in elements {
                guard case .text(let audience) = element else { throw .audienceNotText }
                audiences.append(TokenProvider.audience(audience))
            }
            return audiences
        default: throw .audienceNotText
        }
    }
}
