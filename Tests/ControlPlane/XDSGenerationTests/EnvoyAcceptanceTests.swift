import EnvoyAPI
import Foundation
import MeshConfig
import MeshModel
import Testing

@testable import XDSGeneration

@Suite struct EnvoyAcceptanceTests {
    /// One rule of every kind that Envoy is known to refuse when it is passed on unchecked.
    @Test(.enabled(if: EnvoyBootstrap.envoy != nil, "no Envoy in .venv; `make setup` installs it"))
    func awkwardRulesAreAccepted() throws {
        var settings = MeshConfiguration()
        settings.accessLogFile = "/dev/stdout"
        let mesh = try MeshFixture(
            MeshFixture.service(
                "web",
                ports: ["{name: http, port: 80}", "{name: raw, port: 9000}", "{name: tcp, port: 7000}"]
            ),
            MeshFixture.service("web", namespace: "other", ip: "10.96.0.8"),
            MeshFixture.service("client", ip: "10.96.0.9"),
            MeshFixture.service("db", ip: "None", ports: ["{name: tcp, port: 5432}", "{name: mysql, port: 3306}"]),
            MeshFixture.pod("client", ip: "10.1.0.9"),
            MeshFixture.pod("db", ip: "10.1.0.3"),
            MeshFixture.pod("web", ip: "10.1.0.4"),
            MeshFixture.destinationRule(
                "web",
                """
                trafficPolicy:
                  loadBalancer: {consistentHash: {httpHeaderName: x-user, maglev: {tableSize: 1009}}}
                  outlierDetection: {baseEjectionTime: 10m, consecutive5xxErrors: 0}
                  connectionPool:
                    http: {useClientProtocol: true, http2KeepAlive: {interval: 10s}, idleTimeout: 5s}
                subsets:
                - {name: v1, labels: {version: v1}}
                - name: v2
                  labels: {version: v2}
                  trafficPolicy:
                    loadBalancer: {simple: LEAST_REQUEST, warmup: {duration: 10s, aggression: 1.5}}
                    connectionPool: {http: {h2UpgradePolicy: UPGRADE, http2KeepAlive: {interval: 10s}}}
                - {name: v3, labels: {version: v3}, trafficPolicy: {loadBalancer: {simple: PASSTHROUGH}}}
                """
            ),
            MeshFixture.virtualService(
                "web",
                """
                http:
                - match: [{headers: {x-a: {}, x-b: {regex: ".*x"}}, withoutHeaders: {x-c: {exact: ""}}}]
                  retries: {attempts: 2, retryOn: "503,5xx", backoff: 1ms, retryRemoteLocalities: true}
                  rewrite: {uri: /}
                  headers: {request: {add: {x-d: "%UNKNOWN_COMMAND%"}, set: {host: x}}}
                  fault: {abort: {grpcStatus: UNAVAILABLE, percentage: {value: 1}}}
                  mirror: {host: nowhere.example}
                  route: [{destination: {host: web, subset: v1}, weight: 100}, {destination: {host: web}, weight: 0}]
                - match: [{uri: {prefix: /r}}]
                  redirect: {prefixRewrite: /x}
                - match: [{uri: {exact: /d}}]
                  directResponse: {status: 200, body: {string: "{}"}}
                - corsPolicy: {allowOrigins: [{regex: ".*"}], maxAge: 1h}
                  route: [{destination: {host: web, subset: v2}}]
                tcp:
                - match: [{port: 7000}]
                  route:
                  - {destination: {host: web, port: {number: 7000}}, weight: 1}
                  - {destination: {host: db}, weight: 2}
                """
            ),
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: outside, namespace: default}
            spec:
              hosts: [out.example, "*.wild.example"]
              addresses: [192.0.2.0/24, 198.51.100.7]
              ports:
              - {number: 443, name: tls, protocol: TLS}
              - {number: 80, name: http, protocol: HTTP}
              - {number: 7000, name: tcp, protocol: TCP}
              resolution: NONE
            """,
            """
            apiVersion: networking.istio.io/v1
            kind: ServiceEntry
            metadata: {name: named, namespace: default}
            spec:
              hosts: [named.example]
              ports:
              - {number: 80, name: http, protocol: HTTP, targetPort: 8443}
              - {number: 443, name: https, protocol: HTTPS}
              resolution: DNS_ROUND_ROBIN
              endpoints: [{address: b.example, locality: eu/a}]
            """,
            mesh: settings
        )
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    @Test(
        .enabled(if: EnvoyBootstrap.envoy != nil),
        arguments: [
            "http: [{match: [{uri: {regex: '/x.*'}}], rewrite: {uri: '/a?b#c'}, route: [{destination: {host: web}}]}]",
            "http: [{match: [{uri: {exact: ''}}], redirect: {prefixRewrite: /y, redirectCode: 308}}]",
            "http: [{match: [{uri: {prefix: noslash}}], rewrite: {authority: 'a b'}, route: [{destination: {host: web}}]}]",
            "http: [{retries: {attempts: 2147483647, perTryTimeout: 1ms}, route: [{destination: {host: web}}]}]",
            "http: [{directResponse: {status: 599, body: {string: '%START_TIME% 100%'}}}]",
            "tls: [{match: [{port: 443, sniHosts: [web]}], route: [{destination: {host: web}}]}]",
            "tcp: [{match: [{destinationSubnets: [10.0.0.0/8, '::1/64']}], route: [{destination: {host: web}}]}]",
        ]
    )
    func virtualServicesAreAccepted(_ spec: String) throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web", ports: ["{name: http, port: 80}", "{name: tls, port: 443}"]),
            MeshFixture.virtualService("web", spec)
        )
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    @Test(
        .enabled(if: EnvoyBootstrap.envoy != nil),
        arguments: [
            "outlierDetection: {interval: 1ms, baseEjectionTime: 1h, splitExternalLocalOriginErrors: true}",
            "outlierDetection: {outlierDetectionHttpErrorCodes: [429]}",
            "outlierDetection: {outlierDetectionHttpErrorCodes: [429, 404, 503]}",
            "retryBudget: {percent: 0, minRetryConcurrency: 1, budgetInterval: 1ms}",
            "loadBalancer: {zoneAwareLbSetting: {enabled: true, minClusterSize: 3}}",
            "loadBalancer: {simple: RANDOM, zoneAwareLbSetting: {enabled: false}}",
            "loadBalancer: {simple: PASSTHROUGH, zoneAwareLbSetting: {}}",
            "loadBalancer: {consistentHash: {useSourceIp: true, maglev: {}}, zoneAwareLbSetting: {}}",
            "loadBalancer: {backendUtilization: {}, localityLbSetting: {distribute: [{from: a/*, to: {b/*: 100}}]}}",
            "loadBalancer: {backendUtilization: {weightUpdatePeriod: 0s, errorUtilizationPenaltyPercent: 4294967295}}",
            "loadBalancer: {warmup: {duration: 1s, aggression: 0.25, minimumPercent: 100}}",
            "loadBalancer: {simple: RANDOM, localityLbSetting: {distribute: [{from: a/*, to: {b/*: 100}}]}}",
            "loadBalancer: {simple: PASSTHROUGH, localityLbSetting: {distribute: [{from: a/*, to: {b/*: 100}}]}}",
            "loadBalancer: {warmup: {duration: 1s}, simple: ROUND_ROBIN}",
            "loadBalancer: {consistentHash: {httpCookie: {name: a, path: /, ttl: 1s}, ringHash: {minimumRingSize: 1}}}",
            "connectionPool: {tcp: {idleTimeout: 0s, maxConnectionDuration: 1ms, tcpKeepalive: {probes: 1}}}",
        ]
    )
    func trafficPoliciesAreAccepted(_ policy: String) throws {
        let mesh = try MeshFixture(
            MeshFixture.service("web", ports: ["{name: http, port: 80}", "{name: tcp, port: 7000}"]),
            MeshFixture.pod("web", ip: "10.1.0.4"),
            MeshFixture.destinationRule("web", "trafficPolicy: {\(policy)}")
        )
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    @Test(
        .enabled(if: EnvoyBootstrap.envoy != nil),
        arguments: [
            "{}", "{rules: [{}]}", "{action: AUDIT, rules: [{}]}",
            "{action: DENY, rules: [{from: [{source: {principals: ['*', '*/sa/b', 'a/*', a/ns/b/sa/c]}}]}]}",
            "{rules: [{from: [{source: {namespaces: ['a*', b, '*'], notNamespaces: [c]}}]}]}",
            "{rules: [{from: [{source: {serviceAccounts: [a, b/c], trustDomains: ['*.x', 'y*', z]}}]}]}",
            "{rules: [{from: [{source: {ipBlocks: [10.0.0.0/8, '::1'], notRemoteIpBlocks: [0.0.0.0/0]}}]}]}",
            "{action: DENY, rules: [{from: [{source: {requestPrincipals: ['*', a/b, '*/c', 'd/*']}}]}]}",
            "{action: DENY, rules: [{to: [{operation: {hosts: [a, '*.b', 'c:*', '*'], methods: ['*', 'G*']}}]}]}",
            "{action: DENY, rules: [{to: [{operation: {paths: [/a, '/b*', '*c', '*', /e]}}]}]}",
            "{rules: [{to: [{operation: {paths: ['/a/{*}/b+c/{**}'], notPorts: ['80', '0']}}]}]}",
            "{action: DENY, rules: [{when: [{key: 'request.headers[x]', values: [a, '*', 'b*', '*c'], notValues: [d]}]}]}",
            "{rules: [{when: [{key: 'request.auth.claims[a][b]', values: ['*', c]}, {key: connection.sni, values: ['*']}]}]}",
            "{rules: [{when: [{key: 'experimental.envoy.filters.a.b[c]', values: ['[d]', e], notValues: ['[f]']}]}]}",
            "{action: CUSTOM, provider: {name: http}, rules: [{to: [{operation: {paths: [/a]}}]}]}",
            "{action: CUSTOM, provider: {name: grpc}, rules: [{}]}",
            "{action: CUSTOM, provider: {name: missing}, rules: [{}]}",
        ]
    )
    func authorizationPoliciesAreAccepted(_ spec: String) throws {
        let providers = """
            extensionProviders:
            - name: http
              envoyExtAuthzHttp:
                service: web.default.svc.cluster.local
                port: 80
                pathPrefix: /check
                statusOnError: "503"
                includeRequestHeadersInCheck: [a, "b*", "*c"]
                includeAdditionalHeadersInCheck: {d: e}
                includeRequestBodyInCheck: {maxRequestBytes: 1}
                headersToUpstreamOnAllow: [f]
                headersToDownstreamOnDeny: [g]
                headersToDownstreamOnAllow: [h]
            - name: grpc
              envoyExtAuthzGrpc: {service: web.default.svc.cluster.local, port: 80}
            """
        for dryRun in ["", "true"] {
            let mesh = try MeshFixture.secured(MeshFixture.policy(spec, dryRun: dryRun), mesh: try .yaml(providers))
            #expect(try EnvoyBootstrap(mesh).complaint() == nil)
        }
    }

    @Test(
        .enabled(if: EnvoyBootstrap.envoy != nil),
        arguments: [
            "{jwtRules: [{issuer: 'https://a'}]}",
            "{jwtRules: [{issuer: 'https://a'}, {issuer: 'https://b', presence: REQUIRED}]}",
            """
            {jwtRules: [{jwksUri: 'https://a', audiences: [b], fromHeaders: [{name: c, prefix: 'D '}], fromParams: [e], \
            fromCookies: [f], outputPayloadToHeader: g, forwardOriginalToken: true, spaceDelimitedClaims: [h], \
            outputClaimToHeaders: [{header: i, claim: j.k}]}]}
            """,
        ]
    )
    func tokenRulesAreAccepted(_ spec: String) throws {
        let mesh = try MeshFixture.secured(MeshFixture.tokens(spec))
        #expect(try EnvoyBootstrap(mesh).complaint() == nil)
    }

    /// The judge is awake: Envoy was found, started, and did read what it was given.
    @Test(.enabled(if: EnvoyBootstrap.envoy != nil))
    func aDomainWrittenTwiceIsRefused() throws {
        var configuration = try MeshFixture(MeshFixture.service("web")).routes("80")
        configuration.virtualHosts += configuration.virtualHosts
        let complaint = try EnvoyBootstrap(routes: configuration).complaint()
        #expect(complaint?.contains("unique") == true, "\(complaint ?? "accepted")")
    }

    /// Files of a folder named by `MARTLET_SAMPLES`, each with services for the hosts it speaks of.
    @Test(.enabled(if: EnvoyBootstrap.envoy != nil && !SampleFile.all.isEmpty), arguments: SampleFile.all)
    func samplesAreAccepted(_ sample: SampleFile) throws {
        let objects = try sample.objects()
        let config = ConfigSnapshot(objects: objects)
        let snapshot = MeshSnapshot.next(previous: nil, config: config).snapshot
        for namespace in Set(objects.map(\.metadata.namespace)).sorted() where !namespace.isEmpty {
            var mesh = try MeshFixture()
            mesh.snapshot = snapshot
            mesh.node = .sidecar("client", ip: "10.1.0.9", namespace: namespace)
            #expect(try EnvoyBootstrap(mesh).complaint() == nil, "\(sample) in \(namespace)")
        }
    }
}

/// A file of sample configuration.
struct SampleFile: CustomTestStringConvertible, Sendable {
    var url: URL

    var testDescription: String { url.lastPathComponent }

    static let all: [SampleFile] = {
        guard let root = ProcessInfo.processInfo.environment["MARTLET_SAMPLES"] else { return [] }
        let files = FileManager.default.enumerator(at: URL(filePath: root), includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? [])
            .filter { ["yaml", "yml"].contains($0.pathExtension) }
            .sorted { $0.path < $1.path }
            .map(SampleFile.init)
    }()

    /// What the mesh reads of the file, and a service for every host of the cluster that it names without defining.
    func objects() throws -> [MeshObject] {
        let file = ObjectDecoder.decode(Array(try Data(contentsOf: url)), file: url.lastPathComponent)
        var objects = file.objects
        let known = Set(objects.map(\.key))
        var wanted: Set<ObjectKey> = []
        func want(_ host: String, _ namespace: String) {
            let parts = host.split(separator: ".").map(String.init)
            guard parts.count == 1 || host.hasSuffix(".svc.cluster.local"), let name = parts.first, name != "*" else {
                return
            }
            let own = parts.count > 1 ? parts[1] : namespace
            wanted.insert(ObjectKey(kind: .service, namespace: own, name: name))
        }
        for object in objects {
            switch object {
            case .virtualService(let rule):
                for host in rule.spec.hosts { want(host, rule.namespace) }
                for route in rule.spec.http.flatMap(\.route) { want(route.destination.host, rule.namespace) }
            case .destinationRule(let rule): want(rule.spec.host, rule.namespace)
            default: break
            }
        }
        for (index, key) in wanted.subtracting(known).sorted().enumerated() {
            let yaml = MeshFixture.service(
                key.name,
                namespace: key.namespace,
                ip: "10.96.\(index + 1).1",
                ports: ["{name: http, port: 80}", "{name: http-alt, port: 8080}", "{name: raw, port: 9080}"]
            )
            objects += ObjectDecoder.decode(Array(yaml.utf8), file: "service").objects
        }
        return objects
    }
}
