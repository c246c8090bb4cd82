import HTTPWire
import ProxySnapshot
import SecurityTags
import Testing

@testable import ProxyFilters

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The tokens of `Tests/Fixtures/tokens/zoo.json`, with the answers of Envoy 1.40.
struct TokenZoo: Decodable, Sendable {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        var name: String
        var token: String
        var status: UInt16
        var body: String

        var testDescription: String { name }
    }

    struct KeySet: Codable, Sendable {
        struct Key: Codable, Sendable {
            var kty: String
            var kid: String?
            var alg: String?
            var n: String?
            var e: String?
            var crv: String?
            var x: String?
            var y: String?
        }

        var keys: [Key]
    }

    var now: Int64
    var jwks: KeySet
    var jwks_without_kid: KeySet
    var cases: [Case]

    static let shared: TokenZoo = {
        let here = URL(filePath: #filePath)
        let tests = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let file = tests.appending(path: "Fixtures/tokens/zoo.json")
        guard let data = try? Data(contentsOf: file), let zoo = try? JSONDecoder().decode(TokenZoo.self, from: data)
        else {
            return TokenZoo(now: 0, jwks: KeySet(keys: []), jwks_without_kid: KeySet(keys: []), cases: [])
        }
        return zoo
    }()

    static func keys(_ set: KeySet) -> [JSONWebKey] {
        set.keys.compactMap { key in
            func bytes(_ text: String?) -> ContiguousArray<UInt8> {
                ContiguousArray((text ?? "").utf8).withUnsafeBytes(Base64URL.decode) ?? []
            }
            let material: JSONWebKey.Material
            switch key.kty {
            case "RSA": material = .rsa(modulus: bytes(key.n), exponent: bytes(key.e))
            case "EC": material = .elliptic(curve: .p256, x: bytes(key.x), y: bytes(key.y))
            default: material = .ed25519(bytes(key.x))
            }
            return JSONWebKey(identifier: key.kid ?? "", algorithm: key.alg ?? "", material: material)
        }
    }

    /// The filter that Envoy had.
    var filter: TokenAuthentication {
        let keys = Self.keys(jwks)
        func claim(_ header: String, _ claim: String) -> ClaimHeader {
            ClaimHeader(name: HeaderName(header), claim: claim)
        }
        return TokenAuthentication(
            providers: [
                TokenProvider(
                    name: "p0",
                    issuer: "iss",
                    keys: keys,
                    headers: [
                        TokenHeader(name: HeaderName(.authorization), prefix: ContiguousArray("Bearer ".utf8)),
                        TokenHeader(name: HeaderName("x-jwt")),
                    ],
                    parameters: ["access_token", "tok"],
                    cookies: ["sess"],
                    payloadHeader: HeaderName("x-payload"),
                    payloadKey: "payload",
                    spaceDelimitedClaims: ["scope", "permission"],
                    claimHeaders: [
                        claim("x-sub", "sub"), claim("x-nested", "n.k"), claim("x-num", "num"), claim("x-b", "b"),
                        claim("x-list", "list"), claim("x-obj", "n"),
                    ]
                ),
                TokenProvider(
                    name: "aud",
                    issuer: "issaud",
                    audiences: ["a1", "a2"],
                    keys: keys,
                    forwards: true,
                    payloadKey: "payload"
                ),
                TokenProvider(
                    name: "nokid",
                    issuer: "issnokid",
                    keys: Self.keys(jwks_without_kid),
                    forwards: true,
                    payloadKey: "payload"
                ),
            ],
            rules: [
                TokenRule(
                    match: RouteMatch(path: .prefix([0x2F])),
                    requirement: .any([
                        .provider(0, audiences: []), .provider(1, audiences: []), .provider(2, audiences: []),
                        .allowMissing,
                    ])
                )
            ],
            bypassesPreflights: true
        )
    }

    func token(_ name: String) -> String { cases.first { $0.name == name }?.token ?? "" }
}

@Suite(.tags(.sec26)) struct TokenZooTests {
    /// Tokens that Envoy takes and this proxy does not: what RFC 7515 and RFC 8259 forbid, times long gone, and nesting
    /// beyond our limit.
    static let stricter: [String: TokenFailure] = [
        "crit-empty": .headerCritical, "crit-b64": .headerCritical, "crit-exp": .headerCritical,
        "crit-unknown": .headerCritical, "sig-padded": .signatureBadBase64, "sig-noncanonical": .signatureBadBase64,
        "payload-trailcomma": .payloadBadJSON, "payload-singlequote": .payloadBadJSON,
        "payload-control": .payloadBadJSON, "deep-32": .payloadBadJSON, "deep-33": .payloadBadJSON,
        "exp-0": .expired, "es-long-sig": .badSignature, "lead-dot": .badFormat,
    ]
    /// Where only the words differ, or the answer comes by another way.
    static let reworded: [String: TokenFailure?] = [
        "header-padded": .headerBadBase64, "ed-cut": .signatureBadBase64, "jwk-embedded-evil": .badSignature,
        "evil-key-no-kid": .badSignature, "sig-cut": .signatureBadBase64,
        // A claim that no header may bear is left out instead of breaking the request.
        "payload-nul": nil, "claims-crlf": nil,
    ]

    static func context(_ path: String = "/up", _ headers: [(String, String)]) -> RequestContext {
        let context = RequestContext()
        context.request.setMethod(.get)
        context.request.setScheme("http")
        context.request.setPath(ContiguousArray(path.utf8))
        ContiguousArray("h.example".utf8).withUnsafeBytes { context.request.setAuthority($0) }
        for (name, value) in headers { context.request.headers.add(HeaderName(name), value) }
        return context
    }

    static func answer(_ gate: TokenGate, _ context: RequestContext) -> LocalResponse? {
        guard case .refused(let reply) = gate.admit(context, wallSeconds: TokenZoo.shared.now) else { return nil }
        return reply
    }

    @Test func theZooIsThere() { #expect(TokenZoo.shared.cases.count >= 120) }

    @Test(arguments: TokenZoo.shared.cases)
    func verdictIsEnvoys(_ animal: TokenZoo.Case) throws {
        let gate = TokenGate(TokenZoo.shared.filter, counters: NamedCounters())
        // Twice: the second time from the cache.
        for _ in 0..<2 {
            let context = Self.context("/up", [("authorization", "Bearer \(animal.token)")])
            let reply = Self.answer(gate, context)
            let body = reply.map { String(decoding: $0.body, as: UTF8.self) }
            if let failure = Self.stricter[animal.name] {
                #expect(animal.status == 200)
                #expect(body == "\(failure.text)")
            } else if let failure = Self.reworded[animal.name] {
                #expect(body == failure.map { "\($0.text)" })
            } else {
                #expect(reply?.status ?? 200 == animal.status)
                #expect(body ?? "" == animal.body)
            }
            guard let reply else { continue }
            let challenge = reply.headers.first.map { String(decoding: $0.value, as: UTF8.self) }
            #expect(challenge == "Bearer realm=\"http://h.example/up\", error=\"invalid_token\"")
            let details = String(decoding: reply.details, as: UTF8.self)
            #expect(details == "jwt_authn_access_denied{\((body ?? "").replacing(" ", with: "_"))}")
        }
    }

    /// Where tokens stand; what the workload gets of them.
    @Test(
        arguments: [
            ("/up", [], nil),
            ("/up", [("authorization", "Basic abc")], nil),
            ("/up", [("authorization", "bearer GOOD")], nil),
            ("/up?a=1&access_token=GOOD&b=2", [], nil),
            ("/up?tok=GOOD", [], nil),
            ("/up", [("cookie", "a=b; sess=GOOD; c=d")], nil),
            ("/up", [("x-jwt", "GOOD")], nil),
            ("/up", [("authorization", "Bearer GOOD"), ("authorization", "Bearer BAD")], TokenFailure.badFormat),
            ("/up", [("authorization", "Bearer GOOD"), ("x-jwt", "BAD")], .badSignature),
            ("/up", [("authorization", "Bearer BAD"), ("x-jwt", "GOOD")], .badSignature),
            ("/up", [("authorization", "Bearer GOOD, Bearer BAD")], .badFormat),
            ("/up", [("authorization", "Bearer GOOD foo")], .signatureBadBase64),
            ("/up", [("authorization", "Bearer  GOOD")], nil),
        ] as [(String, [(String, String)], TokenFailure?)]
    )
    func placesOfTokens(path: String, headers: [(String, String)], failure: TokenFailure?) {
        let zoo = TokenZoo.shared
        func filled(_ text: String) -> String {
            text.replacing("GOOD", with: zoo.token("good")).replacing("BAD", with: zoo.token("sig-flip"))
        }
        let gate = TokenGate(zoo.filter, counters: NamedCounters())
        let context = Self.context(filled(path), headers.map { ($0.0, filled($0.1)) } + [("x-sub", "forged")])
        let reply = Self.answer(gate, context)
        #expect(reply.map { String(decoding: $0.body, as: UTF8.self) } == failure.map { "\($0.text)" })
        guard reply == nil else { return }
        let sub = context.request.headers.value(of: HeaderName("x-sub")).map { context.request.headers.string($0) }
        let hasToken = filled(path) != path || headers.contains { filled($0.1) != $0.1 && !$0.1.hasPrefix("bearer") }
        #expect(sub == (hasToken ? "me" : nil))
        // The token went no further, but for cookies.
        let lines = context.request.headers.lines.filter { $0.name != "cookie" && !$0.value.hasPrefix("bearer") }
        #expect(!lines.contains { $0.value.contains(zoo.token("good")) })
        if path.contains("b=2") {
            #expect(context.request.path.map { context.request.headers.string($0) } == "/up?a=1&b=2")
        }
    }

    @Test func claimsAreTold() {
        let zoo = TokenZoo.shared
        let gate = TokenGate(zoo.filter, counters: NamedCounters())
        let context = Self.context("/up", [("authorization", "Bearer \(zoo.token("claims-rich"))")])
        #expect(Self.answer(gate, context) == nil)
        func header(_ name: String) -> String? {
            context.request.headers.value(of: HeaderName(name)).map { context.request.headers.string($0) }
        }
        #expect(header("x-sub") == "me")
        #expect(header("x-nested") == "v")
        #expect(header("x-num") == "42")
        #expect(header("x-b") == "true")
        #expect(header("x-list") == "WyJhIiwiYiJd")
        #expect(header("x-obj") == "eyJrIjoidiIsImQiOnsiZSI6MX19")
        #expect(header("x-payload")?.hasPrefix("eyJpc3Mi") == true)
        #expect(header("authorization") == nil)
        func claim(_ path: [String], _ value: ValueMatcher) -> Bool {
            MetadataMatcher(filter: "envoy.filters.http.jwt_authn", path: ["payload"] + path, value: value)
                .matches(context.metadata)
        }
        func exact(_ text: String) -> ValueMatcher { .text(StringMatcher(.exact(Array(text.utf8)))) }
        #expect(claim(["sub"], exact("me")))
        #expect(claim(["n", "k"], exact("v")))
        #expect(claim(["scope"], .element(exact("b"))))
        #expect(claim(["permission"], .element(exact("p"))))
        #expect(!claim(["scope"], .element(exact("a b"))))
        #expect(claim(["num"], .number(42)))
    }

    /// A token that must be there: absent, of another audience, of another issuer.
    @Test(arguments: [
        ("", TokenFailure.missing), ("good", .audienceNotAllowed), ("iss-other", .unknownIssuer),
        ("sig-flip", .audienceNotAllowed),
    ])
    func requiredToken(name: String, failure: TokenFailure) {
        let zoo = TokenZoo.shared
        let provider = TokenProvider(name: "p", issuer: "iss", audiences: ["a1"], keys: TokenZoo.keys(zoo.jwks))
        let filter = TokenAuthentication(
            providers: [provider],
            rules: [TokenRule(match: RouteMatch(path: .prefix([0x2F])), requirement: .provider(0, audiences: []))]
        )
        let gate = TokenGate(filter, counters: NamedCounters())
        let reply = Self.answer(
            gate,
            Self.context("/x?y=z", name.isEmpty ? [] : [("authorization", "Bearer \(zoo.token(name))")])
        )
        #expect(reply?.status == (failure == .audienceNotAllowed ? 403 : 401))
        #expect(reply.map { String(decoding: $0.body, as: UTF8.self) } == "\(failure.text)")
        let challenge = reply?.headers.first.map { String(decoding: $0.value, as: UTF8.self) }
        let end = failure == .missing ? "" : ", error=\"invalid_token\""
        #expect(challenge == "Bearer realm=\"http://h.example/x?y=z\"\(end)")
    }

    @Test func cacheIsBoundedAndKeepsWhatIsUsed() throws {
        let cache = TokenCache(capacity: 4)
        let token = try ContiguousArray(TokenZoo.shared.token("good").utf8).withUnsafeBytes { text in
            try SignedToken(text)
        }
        func bytes(_ number: Int) -> ContiguousArray<UInt8> { ContiguousArray("token \(number)".utf8) }
        func find(_ number: Int) -> Bool { bytes(number).withUnsafeBytes { cache.token($0) != nil } }
        for number in 0..<4 { bytes(number).withUnsafeBytes { cache.insert($0, token) } }
        #expect(find(2))
        for number in 4..<7 { bytes(number).withUnsafeBytes { cache.insert($0, token) } }
        #expect(cache.count == 4)
        #expect(find(2) && find(6) && !find(0) && !find(1) && !find(3))
    }
}
