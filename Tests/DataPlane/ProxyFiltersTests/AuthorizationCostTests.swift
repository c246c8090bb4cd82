import HTTPWire
import ProxySnapshot
import RegularExpressions
import Testing

@testable import ProxyFilters

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What a thousand rules cost a request. Off unless MARTLET_MEASURE is set; means something in a release build only:
/// `MARTLET_ROOM=ProxyFilters MARTLET_MEASURE=1 swift test -c release -Xswiftc -enable-testing --filter AuthorizationCost`.
@Suite struct AuthorizationCostTests {
    static let isWanted = ProcessInfo.processInfo.environment["MARTLET_MEASURE"] != nil

    /// Policies as control planes write them: paths, methods, principals, namespaces, headers.
    static func rules(_ count: Int, _ kind: String) throws -> AuthorizationRules {
        func exact(_ text: String) -> StringMatcher { StringMatcher(.exact(Array(text.utf8))) }
        func prefix(_ text: String) -> StringMatcher { StringMatcher(.prefix(Array(text.utf8))) }
        func header(_ name: String, _ value: String) -> AuthorizationCondition {
            .header(HeaderMatcher(name: HeaderName(name), value: .string(exact(value))))
        }
        let policies = try (0..<count).map { number -> AuthorizationPolicy in
            var permissions: [AuthorizationCondition] = [.any]
            var principals: [AuthorizationCondition] = [.any]
            switch kind {
            case "paths":
                permissions = [
                    .all([.either([.path(exact("/api/v1/things/\(number)")), .path(prefix("/p\(number)/"))])])
                ]
            case "methods": permissions = [.all([.path(exact("/m/\(number)")), .either([header(":method", "POST")])])]
            case "principals": principals = [.authenticated(exact("spiffe://cluster.local/ns/n\(number)/sa/s"))]
            case "mixed":
                permissions = [
                    .all([
                        .either([.path(exact("/api/v1/things/\(number)")), .path(prefix("/p\(number)/"))]),
                        .either([header(":method", "GET"), header(":method", "HEAD")]),
                    ])
                ]
                principals = [
                    .all([
                        .either([.authenticated(exact("spiffe://cluster.local/ns/n999/sa/s"))]),
                        .header(HeaderMatcher(name: HeaderName("x-tenant"), value: .string(exact("tenant-999")))),
                    ])
                ]
            case "exclusions":
                permissions = [
                    .all([
                        .not(.either([.path(prefix("/p\(number)/")), .path(exact("/api/v1/things/999"))])),
                        .either([header(":method", "GET")]),
                    ])
                ]
            case "expressions":
                let expression = try RegularExpression("/api/v1/things/\(number)(/.*)?")
                permissions = [.path(StringMatcher(.regex(expression)))]
            case "namespaces":
                principals = [.authenticated(StringMatcher(.contains(Array("/ns/n\(number)/".utf8))))]
            default: permissions = [header("x-tenant", "tenant-\(number)")]
            }
            return AuthorizationPolicy(
                name: "ns[n]-policy[p\(number)]-rule[0]",
                permissions: permissions,
                principals: principals
            )
        }
        return AuthorizationRules(action: .allow, policies: policies)
    }

    @Test(
        .enabled(if: AuthorizationCostTests.isWanted),
        arguments: [
            "paths", "methods", "principals", "namespaces", "headers", "mixed", "exclusions", "expressions",
        ]
    )
    func aThousandRules(kind: String) throws {
        let rules = try Self.rules(1000, kind)
        let peer = PeerCertificateFacts(uriSANs: [ContiguousArray("spiffe://cluster.local/ns/n999/sa/s".utf8)])
        let facts = DownstreamFacts(
            remote: AuthorizationGateTests.facts.remote,
            local: AuthorizationGateTests.facts.local,
            isTLS: true,
            peer: peer
        )
        let clock = ContinuousClock()
        var session: AuthorizationSession?
        let opening = clock.measure { session = AuthorizationSession(rules, facts: facts) }
        let made = try #require(session)
        let path = kind == "methods" ? "/m/999" : "/api/v1/things/999"
        let context = AuthorizationGateTests.context(path, [("x-tenant", "tenant-999"), ("accept", "*/*")])
        if kind == "methods" { context.request.setMethod(.post) }
        let rounds = 20_000
        var matches = 0
        let head = context.request
        let metadata = RequestMetadata()
        var least = Duration.seconds(60)
        // Others use the machine, too: the least of several runs is what it takes.
        for _ in 0..<10 {
            let taken = clock.measure {
                for _ in 0..<rounds where made.match(head, metadata: metadata) != nil { matches += 1 }
            }
            least = min(least, taken / rounds)
        }
        #expect(matches == (kind == "exclusions" ? 0 : rounds * 10))
        print("1000 rules by \(kind): \(least) a request, \(opening) a connection")
    }
}
