import MeshConfig
import Testing

@Suite struct VirtualServiceDecodingTests {
    @Test func everyFieldOfARouteIsRead() throws {
        let yaml = virtualService(
            http: """
                - name: r
                  match:
                  - name: m
                    uri: {prefix: /a}
                    scheme: {exact: https}
                    method: {regex: "GET|PUT"}
                    authority: {exact: h}
                    headers: {X-User: {exact: jason}, x-any: {}}
                    port: 80
                    sourceLabels: {app: a}
                    gateways: [mesh, ns/g]
                    queryParams: {q: {exact: ""}}
                    ignoreUriCase: true
                    withoutHeaders: {x-no: {prefix: p}}
                    sourceNamespace: ns
                    statPrefix: s
                  route:
                  - destination: {host: a, subset: v1, port: {number: 80}}
                    weight: 25
                    headers: {response: {remove: [x]}}
                  - {destination: {host: b}, weight: 75}
                  rewrite: {uri: /b, authority: c}
                  timeout: 1m1.5s
                  retries: {attempts: 3, perTryTimeout: 2s, retryOn: "5xx,503", retryRemoteLocalities: true,
                    retryIgnorePreviousHosts: false, backoff: 25ms}
                  fault:
                    delay: {fixedDelay: 1h, percentage: {value: 0.1}}
                    abort: {grpcStatus: UNAVAILABLE, percentage: {value: 100}}
                  mirror: {host: m}
                  mirrorPercentage: {value: 5}
                  corsPolicy:
                    allowOrigins: [{exact: "*"}]
                    allowMethods: [GET]
                    allowHeaders: [a]
                    exposeHeaders: [b]
                    maxAge: 24h
                    allowCredentials: false
                    unmatchedPreflights: IGNORE
                  headers: {request: {set: {a: "%PROTOCOL%"}, add: {b: "100%%"}, remove: [c]}}
                """
        )
        let file = decoded(yaml)
        #expect(file.diagnostics.filter { $0.severity == .error } == [])
        guard case .virtualService(let rule)? = file.objects.first, let route = rule.spec.http.first else {
            Issue.record("no VirtualService")
            return
        }
        let match = try #require(route.match.first)
        #expect(match.headers == ["x-user": .exact("jason"), "x-any": .present])
        #expect(match.queryParams == ["q": .exact("")])
        #expect(match.withoutHeaders == ["x-no": .prefix("p")])
        #expect(match.method == .regex("GET|PUT"))
        #expect(match.port == 80)
        #expect(match.gateways == ["mesh", "ns/g"])
        #expect(route.route.map(\.weight) == [25, 75])
        #expect(route.route.first?.destination == Destination(host: "a", subset: "v1", port: 80))
        #expect(route.timeout == .milliseconds(61_500))
        #expect(route.retries?.backoff == .milliseconds(25))
        #expect(route.retries?.retryIgnorePreviousHosts == false)
        #expect(route.fault?.delay?.fixedDelay == .seconds(3600))
        #expect(route.fault?.abort?.grpcStatus == "UNAVAILABLE")
        #expect(route.mirrorPercentage == Percent(5))
        #expect(route.corsPolicy?.maxAge == .seconds(86_400))
        #expect(route.corsPolicy?.allowCredentials == false)
        #expect(route.corsPolicy?.unmatchedPreflights == .ignore)
        #expect(route.headers?.request?.set == ["a": "%PROTOCOL%"])
        #expect(file.diagnostics.isEmpty)
    }

    @Test(arguments: [
        ("1h", 3_600_000), ("1.5s", 1_500), ("100ms", 100), ("1h2m3s4ms", 3_723_004), ("0.25s", 250),
    ])
    func durationsAreRead(text: String, milliseconds: Int) {
        let file = decoded(virtualService(http: "- {route: [{destination: {host: a}}], timeout: \(text)}"))
        guard case .virtualService(let rule)? = file.objects.first else {
            Issue.record("rejected: \(file.diagnostics)")
            return
        }
        #expect(rule.spec.http.first?.timeout == .milliseconds(milliseconds))
    }

    @Test func starAsExpressionOfAHeaderAsksForPresence() throws {
        let http = "- match: [{headers: {a: {regex: '*'}}, withoutHeaders: {b: {regex: '*'}}}]\n"
        let file = decoded(virtualService(http: http + "  route: [{destination: {host: reviews}}]"))
        #expect(file.diagnostics == [])
        guard case .virtualService(let rule)? = file.objects.first else {
            Issue.record("not a VirtualService")
            return
        }
        let match = try #require(rule.spec.http.first?.match.first)
        #expect(match.headers == ["a": .present])
        #expect(match.withoutHeaders == ["b": .present])
    }

    @Test func starIsNoExpressionOfAPath() {
        let http = "- match: [{uri: {regex: '*'}}]\n  route: [{destination: {host: reviews}}]"
        #expect(diagnostics(virtualService(http: http)).contains { $0.contains("is not an RE2 expression") })
    }
}
