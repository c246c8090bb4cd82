import MeshConfig
import SecurityTags
import Testing

@Suite struct VirtualServiceValidationTests {
    /// What one HTTP route is told, without place and object.
    private func faults(_ http: String) -> [String] {
        decoded(virtualService(http: http)).diagnostics
            .filter { $0.severity == .error }
            .map { "\($0.path.replacing("spec.http[0]", with: "")): \($0.message)" }
    }

    private static let to = "route: [{destination: {host: a}}]"

    @Test(arguments: [
        ("- {}", ": one of route, redirect, directResponse or delegate is required"),
        ("- {\(to), redirect: {uri: /a}}", ".redirect: only one of route, redirect may be set"),
        ("- {redirect: {uri: /a}, rewrite: {uri: /}}", ".rewrite: a redirect must not have a rewrite"),
        (
            "- {redirect: {uri: /a}, fault: {abort: {httpStatus: 500, percentage: {value: 1}}}}",
            ".fault: a redirect must not have a fault"
        ),
        ("- {redirect: {}}", ".redirect: a redirect must set uri, prefixRewrite, authority, port or scheme"),
        (
            "- {redirect: {uri: /a, redirectCode: 304}}",
            ".redirect.redirectCode: must be one of 301, 302, 303, 307, 308, not 304"
        ),
        (
            "- {redirect: {port: 80, derivePort: FROM_REQUEST_PORT}}",
            ".redirect.derivePort: only one of port, derivePort may be set"
        ),
        ("- {redirect: {scheme: ftp}}", ".redirect.scheme: must be http or https, not \"ftp\""),
        (
            "- {directResponse: {status: 99}}",
            ".directResponse.status: must be a whole number within 200...599, not the number 99"
        ),
        (
            "- {directResponse: {status: 200, body: {string: a, bytes: YQ==}}}",
            ".directResponse.body.bytes: only one of string, bytes may be set"
        ),
        ("- {\(to), delegate: {name: d}}", ".route: a route that delegates must not have route"),
        (
            "- {delegate: {name: d}, match: [{uri: {regex: a}}]}",
            ".match: match[0]: a route that delegates must not match by regex"
        ),
        ("- {\(to), rewrite: {}}", ".rewrite: a rewrite must set uri, uriRegexRewrite or authority"),
        (
            "- {\(to), rewrite: {uri: /, uriRegexRewrite: {match: a, rewrite: b}}}",
            ".rewrite.uriRegexRewrite: only one of uri, uriRegexRewrite may be set"
        ),
        (
            "- {\(to), timeout: 5}",
            ".timeout: must be a duration, not the number 5; write a unit, as \"5s\" or \"100ms\""
        ),
        (
            "- {\(to), timeout: 5 s}",
            ".timeout: \"5 s\" is not a duration: \" s\" is no unit; the units are h, m, s, ms, us, ns"
        ),
        ("- {\(to), timeout: 1us}", ".timeout: must be 0s (none) or at least 1ms"),
        ("- {\(to), timeout: -1s}", ".timeout: must be at least 0, not \"-1s\""),
        (
            "- {\(to), retries: {attempts: -1}}",
            ".retries.attempts: must be a whole number within 0...2147483647, not the number -1"
        ),
        (
            "- {\(to), retries: {attempts: 0, perTryTimeout: 1s}}",
            ".retries.perTryTimeout: attempts is 0, which disables retries; set attempts or remove perTryTimeout"
        ),
        (
            "- {\(to), retries: {attempts: 1, perTryTimeout: 0s}}",
            ".retries.perTryTimeout: must be at least 1ms, not \"0s\""
        ),
        ("- {\(to), fault: {}}", ".fault: a fault must have a delay or an abort"),
        (
            "- {\(to), fault: {abort: {httpStatus: 700, percentage: {value: 1}}}}",
            ".fault.abort.httpStatus: must be a whole number within 200...599, not the number 700"
        ),
        (
            "- {\(to), fault: {delay: {fixedDelay: 1s, percentage: {value: 101}}}}",
            ".fault.delay.percentage.value: must be within 0.0...100.0, not 101.0"
        ),
        (
            "- {\(to), fault: {abort: {grpcStatus: UNAVAIL, percentage: {value: 1}}}}",
            ".fault.abort.grpcStatus: \"UNAVAIL\" is not a gRPC status"
        ),
        (
            "- {\(to), mirror: {host: b}, mirrors: [{destination: {host: c}}]}",
            ".mirrors: only one of mirror, mirrors may be set"
        ),
        (
            "- {\(to), corsPolicy: {allowMethods: [GTE]}}",
            ".corsPolicy.allowMethods[0]: \"GTE\" is not one of *, GET, HEAD, POST, PUT, PATCH, DELETE, CONNECT, "
                + "OPTIONS, TRACE; did you mean \"GET\"?"
        ),
        ("- {\(to), corsPolicy: {maxAge: 1500ms}}", ".corsPolicy.maxAge: must be whole seconds"),
        (
            "- {\(to), headers: {request: {set: {\":path\": x}}}}",
            ".headers.request: :path is not a header that can be set or added"
        ),
        ("- {\(to), headers: {request: {remove: [host]}}}", ".headers.request: host cannot be removed"),
        (
            "- {\(to), headers: {response: {set: {host: x}}}}",
            ".headers.response: host is not a header that can be changed"
        ),
        (
            "- {\(to), headers: {request: {set: {host: x}}}, rewrite: {authority: z}}",
            ".headers: the authority is set more than once"
        ),
        (
            "- {\(to), headers: {request: {add: {a: \"50%\"}}}}",
            ".headers.request.add: a: \"50%\": `%` begins an operator as %REQ(x-id)%; write %% for a percent sign"
        ),
        (
            "- {\(to), match: [{uri: {exact: a, prefix: b}}]}",
            ".match[0].uri.prefix: only one of exact, prefix may be set"
        ),
        ("- {\(to), match: [{uri: /a}]}", ".match[0].uri: must be a mapping; write {exact: \"/a\"}"),
        ("- {\(to), match: [{uri: {}}]}", ".match[0].uri: one of exact, prefix, regex is required"),
        (
            "- {\(to), match: [{headers: {a: null}}]}",
            ".match[0].headers.a: must not be null; write {} to match any value"
        ),
        (
            "- {\(to), match: [{port: 70000}]}",
            ".match[0].port: must be a whole number within 1...65535, not the number 70000"
        ),
        (
            "- {\(to), match: [{gateways: [a/b/c]}]}",
            ".match[0].gateways[0]: \"a/b/c\" is not `name`, `namespace/name` or `mesh`"
        ),
        (
            "- route: [{destination: {host: a}}, {destination: {host: b}}]",
            ".route: the weights add up to 0, so no destination would get traffic"
        ),
        (
            "- route: [{destination: {host: a}, weight: -1}]",
            ".route: weight of entry 0 must be at least 0, not -1"
        ),
        (
            "- route: [{destination: {host: a}, weight: \"1\"}]",
            ".route[0].weight: must be a whole number within -2147483648...2147483647, not the string \"1\"; "
                + "remove the quotes"
        ),
        ("- route: [{destination: {}}]", ".route[0].destination.host: is required"),
        ("- route: [{destination: {host: \"*\"}}]", ".route[0].destination.host: `*` is not a destination"),
        (
            "- route: [{destination: {host: a_b}}]",
            ".route[0].destination.host: \"a_b\" is not a domain name"
        ),
        (
            "- route: [{destination: {host: a, port: 80}}]",
            ".route[0].destination.port: must be a mapping, not the number 80"
        ),
        ("- rout: [{destination: {host: a}}]", ".rout: unknown field; did you mean \"route\"?"),
    ])
    func faultIsNamed(http: String, fault: String) {
        #expect(faults(http).contains(fault), "\(faults(http))")
    }

    @Test func retryConditionIsSuggested() {
        let found = faults("- {\(Self.to), retries: {attempts: 1, retryOn: \"5xx,conect-failure,503\"}}")
        #expect(found.count == 1)
        #expect(found.first?.hasSuffix("did you mean \"connect-failure\"?") == true)
    }

    @Test func badExpressionIsNamed() {
        let found = faults("- {\(Self.to), match: [{uri: {regex: \"a(\"}}]}")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(".match[0].uri.regex: is not an RE2 expression") == true)
    }

    @Test(
        .tags(.sec18),
        arguments: [
            (String(repeating: "a", count: 1_025), "the pattern has 1025 bytes; at most 1024 are allowed"),
            ("(a{0,30}){0,30}(b{0,30}){0,30}", "RE2 instructions; at most 2000 are allowed"),
        ]
    )
    func expensiveExpressionIsNamed(regex: String, fault: String) {
        for match in [
            "uri: {regex: '\(regex)'}", "headers: {x: {regex: '\(regex)'}}", "queryParams: {x: {regex: '\(regex)'}}",
        ] {
            let found = faults("- {\(Self.to), match: [{\(match)}]}")
            #expect(found.count == 1 && found.first?.contains(fault) == true, "\(match.prefix(20)): \(found)")
        }
    }

    @Test(arguments: [
        (
            "hosts: [\"*\"]\nhttp: [{\(to)}]",
            "spec.hosts: `*` is not allowed for sidecars (gateway `mesh`); name hosts, or name gateways without `mesh`"
        ),
        (
            "hosts: [a.com, \"*.com\"]\nhttp: [{\(to)}]",
            "spec.hosts: \"a.com\" and \"*.com\" cover the same names"
        ),
        ("hosts: [a..b]\nhttp: [{\(to)}]", "spec.hosts[0]: \"a..b\" is not a domain name"),
        (
            "hosts: [a.*.b]\nhttp: [{\(to)}]",
            "spec.hosts[0]: \"a.*.b\": a wildcard may stand only at the beginning, as `*.example.com`"
        ),
        ("hosts: [a]", "spec: http, tls or tcp routes are required"),
        ("hosts: [a]\ntls: [{\(to)}]", "spec.tls[0].match: is required, with sniHosts"),
        (
            "hosts: [a.com]\ntls: [{match: [{sniHosts: [b.com]}], \(to)}]",
            "spec.tls: tls[0]: sniHost \"b.com\" lies within none of the hosts"
        ),
        (
            "hosts: [a]\ntcp: [{match: [{destinationSubnets: [1.2.3.4/33]}], \(to)}]",
            "spec.tcp[0].match[0].destinationSubnets[0]: \"1.2.3.4/33\": the prefix length must be within 0...32"
        ),
        ("hosts: [a]\ntcp: [{}]", "spec.tcp[0].route: is required"),
        ("hosts: [a]\nexportTo: [\"*\", b]\nhttp: [{\(to)}]", "spec.exportTo: `*` excludes every other entry"),
        (
            "gateways: [g]\nhttp: [{\(to)}]",
            "spec.gateways: a VirtualService without hosts must not name gateways"
        ),
    ])
    func faultOfTheRuleIsNamed(spec: String, fault: String) {
        let found = decoded(object("VirtualService", spec: spec)).diagnostics
            .filter { $0.severity == .error }.map { "\($0.path): \($0.message)" }
        #expect(found == [fault])
    }

    @Test func withoutHostsItIsAcceptedWithAWarning() {
        let file = decoded(object("VirtualService", spec: "http: [{\(Self.to)}]"))
        #expect(file.objects.count == 1)
        #expect(file.diagnostics.map(\.severity) == [.warning])
        #expect(
            file.diagnostics.first?.message.hasPrefix(
                "no hosts: it takes effect where another VirtualService delegates to it"
            ) == true
        )
    }

    @Test func everyFaultOfAnObjectIsFoundInOnePass() {
        #expect(faults("- {timeout: 5, retries: {attempts: x}, rout: []}").count == 4)
    }

    @Test func placesAreThoseOfTheFile() throws {
        let file = decoded(
            "# comment\n---\n" + virtualService(http: "- name: a\n  route:\n  - destination:\n      host: x")
        )
        guard case .virtualService(let rule)? = file.objects.first else {
            Issue.record("rejected: \(file.diagnostics)")
            return
        }
        #expect(rule.spec.http.first?.source == SourceLocation(file: "f.yaml", line: 9, column: 5))
        #expect(rule.spec.http.first?.route.first?.source?.line == 11)
    }
}
