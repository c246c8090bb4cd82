import EnvoyAPI
import SwiftProtobuf
import Testing

@testable import ProxySnapshot

private typealias Permission = Envoy_Config_Rbac_V3_Permission
private typealias Principal = Envoy_Config_Rbac_V3_Principal
private typealias HTTPFilterMessage = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpFilter

/// Filters that may refuse requests, as a control plane writes them.
@Suite struct AuthorizationReadingTests {
    private static func any<M: Message>(_ message: M) throws -> Google_Protobuf_Any {
        try Google_Protobuf_Any(message: message)
    }

    /// A listener with one HTTP filter before the router, and network filters before the connection manager.
    private static func listener(
        http: (any Message)? = nil,
        network: [any Message] = []
    ) throws -> Envoy_Config_Listener_V3_Listener {
        var listener = try Resource.listener("l", rds: "r")
        var manager = Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager()
        manager = try .init(unpackingAny: listener.filterChains[0].filters[0].typedConfig)
        if let http {
            var filter = HTTPFilterMessage()
            filter.name = "f"
            filter.typedConfig = try any(http)
            manager.httpFilters.insert(filter, at: 0)
        }
        listener.filterChains[0].filters[0].typedConfig = try any(manager)
        for message in network.reversed() {
            var filter = Envoy_Config_Listener_V3_Filter()
            filter.name = "n"
            filter.typedConfig = try any(message)
            listener.filterChains[0].filters.insert(filter, at: 0)
        }
        return listener
    }

    private static func read(_ listener: Envoy_Config_Listener_V3_Listener) throws -> (Listener?, String?, [String]) {
        var reader = ResourceReader()
        reader.begin()
        do {
            return (try reader.listener(from: listener), nil, reader.warnings)
        } catch {
            return (nil, error.reason, reader.warnings)
        }
    }

    private static func rules(
        _ permissions: [Permission],
        _ principals: [Principal] = [.with { $0.any = true }]
    ) -> Envoy_Extensions_Filters_Http_Rbac_V3_RBAC {
        .with {
            $0.rules.policies["p"] = .with {
                $0.permissions = permissions
                $0.principals = principals
            }
        }
    }

    private static func nested(_ depth: Int) -> Permission {
        depth == 0 ? .with { $0.any = true } : .with { $0.notRule = nested(depth - 1) }
    }

    private static let path = "filter_chains[0].filters[0].http_filters[0].rules.policies[p]"

    @Test(arguments: [
        (rules([]), "\(path).permissions: is empty"),
        (rules([Permission()]), "\(path).permissions[0]: is missing or of an unsupported kind"),
        (rules([.with { $0.any = false }]), "\(path).permissions[0].any: must be true"),
        (
            rules([.with { $0.destinationPort = 70_000 }]),
            "\(path).permissions[0].destination_port: 70000 is not a port"
        ),
        (
            rules([.with { $0.andRules.rules = [] }]), "\(path).permissions[0].and: is empty"
        ),
        (
            rules([.with { $0.header.name = "bad name" }]),
            "\(path).permissions[0].header.name: \"bad name\" is not a header name"
        ),
        (
            rules([.with { $0.any = true }], [.with { $0.filterState.key = "other" }]),
            "\(path).principals[0].filter_state: only string_match of io.istio.peer_principal is supported, not \"other\""
        ),
        (
            rules([.with { $0.any = true }], [.with { $0.metadata.filter = "x" }]),
            "\(path).principals[0].metadata.path: must have 1 to 32 keys"
        ),
        (
            rules([.with { $0.urlPath.path.safeRegex.regex = "(" }]),
            "\(path).permissions[0].url_path.path: not a valid RE2 expression: missing ): ("
        ),
    ])
    func badRulesAreNamed(filter: Envoy_Extensions_Filters_Http_Rbac_V3_RBAC, reason: String) throws {
        #expect(try Self.read(try Self.listener(http: filter)).1 == reason)
    }

    /// SEC-37: what is nested without end is refused before it costs a stack.
    @Test func nestingIsBounded() throws {
        #expect(try Self.read(try Self.listener(http: Self.rules([Self.nested(31)]))).1 == nil)
        let reason = try Self.read(try Self.listener(http: Self.rules([Self.nested(33)]))).1
        #expect(reason?.hasSuffix("is nested deeper than 32") == true)
    }

    @Test func networkRulesGuardTheChain() throws {
        let rules = Envoy_Extensions_Filters_Network_Rbac_V3_RBAC.with {
            $0.statPrefix = "tcp."
            $0.rules.action = .deny
            $0.rules.policies["p"] = Self.rules([.with { $0.destinationPort = 80 }]).rules.policies["p"] ?? .init()
        }
        let (listener, reason, _) = try Self.read(try Self.listener(network: [rules]))
        #expect(reason == nil)
        guard case .authorization(let filter)? = listener?.filterChains.first?.guards.first else {
            Issue.record("no guard")
            return
        }
        #expect(filter.rules?.action == .deny)
        #expect(filter.rules?.policies.first?.conditions == [.destinationPorts(80..<81)])
        #expect(filter.rules?.policies.first?.requestConditions == [])
    }

    /// The order of the chain stays; what only concerns the ALPN upstream asks nothing of it.
    @Test func filterStateOfTheUpstreamProtocolIsTaken() throws {
        var state = Envoy_Extensions_Filters_Http_SetFilterState_V3_Config.with {
            $0.onRequestHeaders = [
                .with {
                    $0.objectKey = "envoy.network.application_protocols"
                    $0.formatString.textFormatSource.inlineString = "istio-http/1.1,istio,http/1.1"
                    $0.sharedWithUpstream = .once
                }
            ]
        }
        #expect(try Self.read(try Self.listener(http: state)).1 == nil)
        state.onRequestHeaders[0].objectKey = "other"
        let reason = try Self.read(try Self.listener(http: state)).1
        #expect(reason?.hasSuffix("\"other\": only envoy.network.application_protocols is supported") == true)
    }

    @Test func keysThatCannotBeUsedAreNamedAndLeftOut() throws {
        let filter = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication.with {
            $0.providers["p"] = .with {
                $0.issuer = "i"
                $0.localJwks.inlineString =
                    #"{"keys":[{"kty":"oct","k":"c2VjcmV0"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#
            }
            $0.rules = [
                .with {
                    $0.match.prefix = "/"
                    $0.requires.providerName = "p"
                }
            ]
        }
        let (listener, reason, warnings) = try Self.read(try Self.listener(http: filter))
        #expect(reason == nil)
        #expect(listener != nil)
        #expect(warnings.count == 3)
        #expect(warnings[0].hasSuffix("local_jwks: keys[0]: kty \"oct\" is not supported; the key is left out"))
        #expect(warnings[1].contains("an RSA key must have 2048 to 8192 bits"))
        #expect(warnings[2].hasSuffix("has no usable key; every token of this issuer is refused"))
    }

    @Test func unknownProvidersAreRefused() throws {
        let filter = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication.with {
            $0.rules = [
                .with {
                    $0.match.prefix = "/"
                    $0.requires.providerName = "q"
                }
            ]
        }
        let reason = try Self.read(try Self.listener(http: filter)).1
        #expect(reason?.hasSuffix("rules[0].requires: there is no provider \"q\"") == true)
    }

    @Test func externalAuthorizationIsRead() throws {
        let filter = Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz.with {
            $0.httpService.serverUri.cluster = "az"
            $0.httpService.serverUri.timeout.seconds = 1
            $0.httpService.pathPrefix = "/check"
            $0.withRequestBody.maxRequestBytes = 10
            $0.filterEnabledMetadata = .with {
                $0.filter = "envoy.filters.http.rbac"
                $0.path = [.with { $0.key = "istio_ext_authz_shadow_effective_policy_id" }]
                $0.value.stringMatch.prefix = "istio-ext-authz"
            }
        }
        let (listener, reason, _) = try Self.read(try Self.listener(http: filter))
        #expect(reason == nil)
        guard case .httpConnectionManager(let manager)? = listener?.filterChains.first?.networkFilter,
            case .externalAuthorization(let read)? = manager.httpFilters.first, case .http(let service) = read.service
        else {
            Issue.record("no filter")
            return
        }
        #expect(service.timeout == .seconds(1))
        #expect(read.statusOnError == 403)
        #expect(read.body?.bytes == 10)
        #expect(read.enabledBy?.path.count == 1)
    }
}
