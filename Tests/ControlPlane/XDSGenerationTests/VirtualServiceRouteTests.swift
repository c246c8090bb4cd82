import EnvoyAPI
import MeshConfig
import MeshModel
import SwiftProtobuf
import Testing

@testable import XDSGeneration

@Suite struct VirtualServiceRouteTests {
    private func routes(_ http: String) throws -> [XDS.Route] {
        let mesh = try MeshFixture(
            MeshFixture.service("reviews"),
            MeshFixture.destinationRule("reviews", MeshFixture.versions),
            MeshFixture.virtualService("reviews", "http:\n" + http)
        )
        return try mesh.virtualHost("reviews.default.svc.cluster.local:80").routes
    }

    @Test func canarySplitsByWeightAndSendsTheHeaderToV2() throws {
        let routes = try routes(
            """
            - match: [{headers: {canary: {exact: "true"}}}]
              route: [{destination: {host: reviews, subset: v2}}]
            - name: split
              route:
              - {destination: {host: reviews, subset: v1}, weight: 80}
              - {destination: {host: reviews, subset: v2}, weight: 20}
            """
        )
        #expect(routes.count == 2)
        let match = try #require(routes.first?.match.headers.first)
        #expect(match.name == "canary" && match.stringMatch.exact == "true")
        #expect(routes.first?.route.cluster == "outbound|80|v2|reviews.default.svc.cluster.local")
        let split = try #require(routes.last)
        #expect(split.name == "split")
        #expect(
            split.route.weightedClusters.clusters.map { "\($0.name) \($0.weight.value)" } == [
                "outbound|80|v1|reviews.default.svc.cluster.local 80",
                "outbound|80|v2|reviews.default.svc.cluster.local 20",
            ]
        )
        #expect(split.decorator.operation == "reviews:80/*")
        #expect(
            split.metadata.filterMetadata["istio"]?.fields["config"]?.stringValue
                == "/apis/networking.istio.io/v1/namespaces/default/virtual-service/reviews"
        )
    }

    /// What a default route looks like, whole: every field of it is part of what Istio's users rely on.
    @Test func defaultRouteAsGolden() throws {
        let mesh = try MeshFixture(MeshFixture.service("reviews"))
        let route = try #require(try mesh.virtualHost("reviews.default.svc.cluster.local:80").routes.first)
        let golden = """
            {"match":{"prefix":"/"},"route":{"cluster":"outbound|80||reviews.default.svc.cluster.local",\
            "timeout":"0s","retry_policy":{"retry_on":\
            "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes","num_retries":2,\
            "retry_host_predicate":[{"name":"envoy.retry_host_predicates.previous_hosts","typed_config":{"@type":\
            "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"}}],\
            "host_selection_retry_max_attempts":"5"},"max_grpc_timeout":"0s"},\
            "decorator":{"operation":"reviews.default.svc.cluster.local:80/*"},"name":"default"}
            """
        let actual = try route.golden()
        #expect(actual == golden, "\(actual)")
    }

    @Test func everyMatchOfARequestIsTranslated() throws {
        let match = try #require(
            try routes(
                """
                - match:
                  - name: all
                    uri: {prefix: /api}
                    ignoreUriCase: true
                    method: {exact: GET}
                    authority: {prefix: rev}
                    scheme: {exact: http}
                    headers: {end-user: {regex: "jas.*"}, seen: {}}
                    withoutHeaders: {debug: {exact: "1"}, gone: {}}
                    queryParams: {q: {exact: a}, there: {}}
                  route: [{destination: {host: reviews}}]
                """
            ).first
        )
        #expect(match.name == ".all")
        #expect(match.match.prefix == "/api" && match.match.caseSensitive.value == false)
        let headers = match.match.headers
        #expect(headers.map(\.name) == ["debug", "end-user", "gone", "seen", ":method", ":authority", ":scheme"])
        #expect(headers[0].invertMatch && headers[0].treatMissingHeaderAsEmpty)
        #expect(headers[1].stringMatch.safeRegex.regex == "jas.*")
        #expect(headers[2].invertMatch && headers[2].presentMatch && !headers[2].treatMissingHeaderAsEmpty)
        #expect(headers[3].presentMatch)
        #expect(match.match.queryParameters.map(\.name) == ["q", "there"])
        #expect(match.match.queryParameters.last?.presentMatch == true)
    }

    @Test func rulesBehindACatchAllAreLeftOut() throws {
        let routes = try routes(
            """
            - match: [{uri: {exact: /a}}, {uri: {prefix: /}}, {uri: {exact: /b}}]
              route: [{destination: {host: reviews}}]
            - route: [{destination: {host: reviews, subset: v2}}]
            """
        )
        #expect(routes.map(\.match.pathSpecifier) == [.path("/a"), .prefix("/")])
    }

    @Test func sourceConditionsAreDecidedHere() throws {
        let routes = try routes(
            """
            - match: [{sourceLabels: {app: other}, uri: {exact: /a}}, {sourceLabels: {app: client}, uri: {exact: /b}}]
              route: [{destination: {host: reviews}}]
            - match: [{sourceNamespace: elsewhere, uri: {exact: /c}}, {port: 81, uri: {exact: /d}}]
              route: [{destination: {host: reviews}}]
            - match: [{gateways: [ingress], uri: {exact: /e}}, {gateways: [mesh], uri: {exact: /f}}]
              route: [{destination: {host: reviews}}]
            """
        )
        #expect(routes.map(\.match.path) == ["/b", "/f"])
    }

    @Test func redirectLeavesOutTheDefaultPort() throws {
        let redirects = try routes(
            """
            - match: [{uri: {prefix: /a}}]
              redirect: {uri: /b, authority: other, port: 443, scheme: https, redirectCode: 307}
            - match: [{uri: {prefix: /c}}]
              redirect: {prefixRewrite: /d, derivePort: FROM_REQUEST_PORT}
            - redirect: {uri: /e, port: 8443}
            """
        ).map(\.redirect)
        #expect(redirects.map(\.portRedirect) == [0, 0, 8443])
        #expect(redirects.map(\.responseCode) == [.temporaryRedirect, .movedPermanently, .movedPermanently])
        #expect(redirects[0].hostRedirect == "other" && redirects[0].schemeRedirect == "https")
        #expect(redirects[1].prefixRewrite == "/d")
    }

    @Test func directResponseRewriteTimeoutAndRetries() throws {
        let routes = try routes(
            """
            - match: [{uri: {prefix: /health}}]
              directResponse: {status: 503, body: {string: closed}}
            - match: [{uri: {prefix: /old}}]
              rewrite: {uri: /new, authority: legacy}
              timeout: 10s
              retries: {attempts: 3, perTryTimeout: 2s, retryOn: "5xx, reset,503", retryRemoteLocalities: true}
              route: [{destination: {host: reviews}}]
            - rewrite: {uriRegexRewrite: {match: "/(.*)", rewrite: '/x/\\1'}}
              retries: {attempts: 0}
              route: [{destination: {host: reviews}}]
            """
        )
        #expect(routes[0].directResponse.status == 503 && routes[0].directResponse.body.inlineString == "closed")
        let action = routes[1].route
        #expect(action.prefixRewrite == "/new" && action.hostRewriteLiteral == "legacy")
        #expect(action.timeout.seconds == 10 && action.maxGrpcTimeout.seconds == 10)
        #expect(action.retryPolicy.numRetries.value == 3 && action.retryPolicy.perTryTimeout.seconds == 2)
        #expect(action.retryPolicy.retryOn == "5xx,reset,retriable-status-codes")
        #expect(action.retryPolicy.retriableStatusCodes == [503])
        #expect(action.retryPolicy.hasRetryPriority)
        #expect(routes[2].route.regexRewrite.substitution == "/x/\\1")
        #expect(!routes[2].route.hasRetryPolicy)
    }

    @Test func faultMirrorAndCors() throws {
        let route = try #require(
            try routes(
                """
                - fault:
                    delay: {percentage: {value: 10}, fixedDelay: 5s}
                    abort: {percentage: {value: 0.5}, httpStatus: 500}
                  mirrors:
                  - destination: {host: reviews, subset: v2}
                    percentage: {value: 25}
                  - destination: {host: reviews, subset: v1}
                    percentage: {value: 0}
                  corsPolicy:
                    allowOrigins: [{exact: "https://a.example"}, {regex: ".*[.]example"}]
                    allowMethods: [GET, POST]
                    maxAge: 24h
                    allowCredentials: false
                    unmatchedPreflights: IGNORE
                  route: [{destination: {host: reviews}}]
                """
            ).first
        )
        let fault = try XDS.HTTPFault(
            serializedBytes: #require(route.typedPerFilterConfig["envoy.filters.http.fault"]).value
        )
        #expect(fault.delay.fixedDelay.seconds == 5 && fault.delay.percentage.numerator == 100_000)
        #expect(fault.abort.httpStatus == 500 && fault.abort.percentage.numerator == 5_000)
        #expect(
            route.route.requestMirrorPolicies.map(\.cluster) == [
                "outbound|80|v2|reviews.default.svc.cluster.local"
            ]
        )
        #expect(route.route.requestMirrorPolicies.first?.disableShadowHostSuffixAppend == true)
        let cors = try XDS.CorsPolicy(
            serializedBytes: #require(route.typedPerFilterConfig["envoy.filters.http.cors"]).value
        )
        #expect(cors.allowOriginStringMatch.count == 2 && cors.allowMethods == "GET,POST" && cors.maxAge == "86400")
        #expect(!cors.forwardNotMatchingPreflights.value && cors.hasAllowCredentials)
    }

    @Test func headersOfRuleAndDestinationAndTheAuthority() throws {
        let route = try #require(
            try routes(
                """
                - headers:
                    request: {set: {x-a: "1", Host: other}, add: {x-b: "100%%"}, remove: [x-c]}
                    response: {add: {x-d: "%DURATION%"}}
                  route:
                  - destination: {host: reviews, subset: v1}
                    weight: 50
                    headers: {response: {set: {x-version: v1}}}
                  - destination: {host: reviews, subset: v2}
                    weight: 50
                """
            ).first
        )
        #expect(
            route.requestHeadersToAdd.map { "\($0.header.key)=\($0.header.value) \($0.appendAction)" } == [
                "x-a=1 overwriteIfExistsOrAdd", "x-b=100%% appendIfExistsOrAdd",
            ]
        )
        #expect(route.requestHeadersToRemove == ["x-c"])
        #expect(route.responseHeadersToAdd.first?.header.value == "%DURATION%")
        #expect(route.route.hostRewriteLiteral == "other")
        #expect(route.route.weightedClusters.clusters.first?.responseHeadersToAdd.first?.header.value == "v1")
    }
}
