internal import HTTPWire
internal import MeshTelemetry
internal import ProxyRouting
package import ProxySnapshot

/// The token filter of one connection manager on one worker (`envoy.filters.http.jwt_authn`).
///
/// Signatures are verified on the loop, once for each token. Confined to the loop.
package final class TokenGate {
    private let filter: TokenAuthentication
    private let keys: [[VerificationKey]]
    private let caches: [TokenCache]
    private let counters: NamedCounters
    private let allowed: Int
    private let denied: Int
    private let bypassed: Int
    private let hits: Int
    private let misses: Int

    package init(_ filter: TokenAuthentication, counters: NamedCounters) {
        self.filter = filter
        self.counters = counters
        keys = filter.providers.map { $0.keys.compactMap { VerificationKey($0) } }
        caches = filter.providers.map { _ in TokenCache() }
        allowed = counters.slot("jwt_authn.allowed")
        denied = counters.slot("jwt_authn.denied")
        bypassed = counters.slot("jwt_authn.cors_preflight_bypassed")
        hits = counters.slot("jwt_authn.jwt_cache_hit")
        misses = counters.slot("jwt_authn.jwt_cache_miss")
    }

    /// What became of a request.
    package enum Outcome {
        /// It goes on; `clearsRoute` if claims may lead it elsewhere.
        case passed(clearsRoute: Bool)
        case refused(LocalResponse)
    }

    /// Lets the request pass, or refuses it; `wallSeconds` is the time of day in seconds since 1970.
    package func admit(_ context: RequestContext, wallSeconds: Int64) -> Outcome {
        // What the filter says to the workload nobody else may say.
        dropForgeries(&context.request)
        if filter.bypassesPreflights, isPreflight(&context.request) {
            counters.add(bypassed)
            return .passed(clearsRoute: false)
        }
        guard let requirement = requirement(&context.request) else {
            counters.add(allowed)
            return .passed(clearsRoute: false)
        }
        var clearsRoute = false
        let failure = requirement.failure(providers: filter.providers.count) { position, audiences in
            check(position, audiences, context, wallSeconds, &clearsRoute)
        }
        guard let failure else {
            counters.add(allowed)
            return .passed(clearsRoute: clearsRoute)
        }
        counters.add(denied)
        return .refused(Self.answer(failure, &context.request))
    }

    private func dropForgeries(_ head: inout RequestHead) {
        for provider in filter.providers {
            if let name = provider.payloadHeader { head.headers.remove(name) }
            for claim in provider.claimHeaders { head.headers.remove(claim.name) }
        }
    }

    private func isPreflight(_ head: inout RequestHead) -> Bool {
        head.method == .options && (head.headers.value(of: .origin)?.length ?? 0) > 0
            && (head.headers.value(of: .accessControlRequestMethod)?.length ?? 0) > 0
    }

    private func requirement(_ head: inout RequestHead) -> TokenRequirement? {
        let path = head.pathWithoutQuery ?? ByteRange(offset: 0, length: 0)
        for rule in filter.rules where RouteMatcher.mismatch(head, path: path, match: rule.match, random: 0) == nil {
            return rule.requirement
        }
        return nil
    }

    // MARK: Tokens

    /// All tokens at a provider's places must be good and its own.
    private func check(
        _ position: Int,
        _ audiences: [ContiguousArray<UInt8>],
        _ context: RequestContext,
        _ now: Int64,
        _ clearsRoute: inout Bool
    ) -> TokenFailure? {
        guard position < filter.providers.count else { return .missing }
        let provider = filter.providers[position]
        let found = Self.tokens(provider, &context.request)
        guard !found.isEmpty else { return .missing }
        var good: [(SignedToken, TokenLocation)] = []
        for candidate in found {
            do {
                good.append((try verified(candidate.bytes, position, provider, audiences, now), candidate.location))
            } catch {
                return error
            }
        }
        for (token, location) in good {
            if !provider.forwards { context.request.remove(location) }
            tell(token, provider, context)
        }
        if provider.clearsRoute { clearsRoute = true }
        return nil
    }

    // To borrow a property of a class would copy it, hence `inout`; nothing is changed.
    private static func tokens(_ provider: TokenProvider, _ head: inout RequestHead) -> [FoundToken] {
        provider.tokens(in: head)
    }

    private func verified(
        _ bytes: ContiguousArray<UInt8>,
        _ position: Int,
        _ provider: TokenProvider,
        _ audiences: [ContiguousArray<UInt8>],
        _ now: Int64
    ) throws(TokenFailure) -> SignedToken {
        let cached = bytes.withUnsafeBytes { caches[position].token($0) }
        counters.add(cached == nil ? misses : hits)
        let token: SignedToken
        if let cached { token = cached } else { token = try Self.read(bytes) }
        guard provider.issuer.isEmpty || token.issuer == provider.issuer else { throw .unknownIssuer }
        let skew = provider.clockSkewSeconds
        if let start = token.notBefore, start > now &+ skew { throw .notYetValid }
        if let end = token.expires, end < now &- skew { throw .expired }
        let wanted = audiences.isEmpty ? provider.audiences : audiences
        if !wanted.isEmpty {
            guard let own = token.audiences, own.contains(where: wanted.contains) else { throw .audienceNotAllowed }
        }
        guard cached == nil else { return token }
        let meant = keys[position].filter { $0.isMeant(by: token) }
        guard !meant.isEmpty else { throw .noKey }
        guard meant.contains(where: { $0.verifies(token) }) else { throw .badSignature }
        bytes.withUnsafeBytes { caches[position].insert($0, token) }
        return token
    }

    private static func read(_ bytes: ContiguousArray<UInt8>) throws(TokenFailure) -> SignedToken {
        // `withUnsafeBytes` and typed errors: the result carries the error out.
        try bytes.withUnsafeBytes { text -> Result<SignedToken, TokenFailure> in
            do throws(TokenFailure) {
                return .success(try SignedToken(text))
            } catch {
                return .failure(error)
            }
        }.get()
    }

    // MARK: What is told of a good token

    private static let namespace = ContiguousArray("envoy.filters.http.jwt_authn".utf8)

    private func tell(_ token: SignedToken, _ provider: TokenProvider, _ context: RequestContext) {
        if let name = provider.payloadHeader {
            var text = token.payloadText
            while provider.padsPayloadHeader, text.count % 4 != 0 { text.append(UInt8(ascii: "=")) }
            text.withUnsafeBytes { context.request.headers.set(name, $0) }
        }
        for header in provider.claimHeaders {
            guard let value = Self.claim(header.path, of: token.payload)?.headerText else { continue }
            value.withUnsafeBytes { context.request.headers.set(header.name, $0) }
        }
        if let key = provider.payloadKey {
            context.metadata.set(Self.namespace, key, Self.normalized(token.payload, provider.spaceDelimitedClaims))
        }
    }

    /// A claim of a token by the names on the way to it.
    package static func claim(_ path: [ContiguousArray<UInt8>], of payload: MetadataValue) -> MetadataValue? {
        var value = payload
        for name in path {
            guard let next = value.member(name) else { return nil }
            value = next
        }
        return value
    }

    /// The payload as later filters read it: the words of these claims are lists.
    package static func normalized(_ payload: MetadataValue, _ claims: [ContiguousArray<UInt8>]) -> MetadataValue {
        guard !claims.isEmpty, case .object(var members) = payload else { return payload }
        for index in members.indices where claims.contains(members[index].name) {
            guard case .text(let text) = members[index].value else { continue }
            members[index].value = .list(text.split(separator: 0x20).map { .text(ContiguousArray($0)) })
        }
        return .object(members)
    }

    // MARK: The answer

    private static func answer(_ failure: TokenFailure, _ head: inout RequestHead) -> LocalResponse {
        var details = ContiguousArray("jwt_authn_access_denied{".utf8)
        details.append(contentsOf: failure.text.utf8.map { $0 == 0x20 ? UInt8(ascii: "_") : $0 })
        details.append(UInt8(ascii: "}"))
        var reply = LocalResponse(
            status: failure == .audienceNotAllowed ? 403 : 401,
            text: failure.text,
            details: details
        )
        var challenge = ContiguousArray("Bearer realm=\"".utf8)
        challenge.append(contentsOf: realm(&head))
        challenge.append(UInt8(ascii: "\""))
        if failure != .missing { challenge.append(contentsOf: ", error=\"invalid_token\"".utf8) }
        reply.headers.append(LocalResponse.Header(name: HeaderName(.wwwAuthenticate), value: challenge))
        return reply
    }

    private static let longestRealm = 256

    /// The address that was asked for, at most so long; what could end the quotes is left out.
    private static func realm(_ head: inout RequestHead) -> ContiguousArray<UInt8> {
        var realm: ContiguousArray<UInt8> = []
        func append(_ range: ByteRange?) {
            guard let range else { return }
            head.headers.withBytes(range) { realm.append(contentsOf: $0) }
        }
        append(head.scheme)
        realm.append(contentsOf: "://".utf8)
        append(head.authority)
        append(head.path)
        return ContiguousArray(
            realm.lazy.filter { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }.prefix(longestRealm)
        )
    }
}
