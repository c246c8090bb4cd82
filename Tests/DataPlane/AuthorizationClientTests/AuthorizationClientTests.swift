import EnvoyAPI
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import HTTPWire
import ProxyFilters
import ProxySnapshot
import ProxyUpstream
import SwiftProtobuf
import Testing

@testable import AuthorizationClient

/// Answers by the path of the request.
struct Service: Envoy_Service_Auth_V3_Authorization.SimpleServiceProtocol {
    func check(
        request: Envoy_Service_Auth_V3_CheckRequest,
        context: ServerContext
    ) async throws -> Envoy_Service_Auth_V3_CheckResponse {
        let http = request.attributes.request.http
        var response = Envoy_Service_Auth_V3_CheckResponse()
        func header(_ name: String, _ value: String) -> Envoy_Config_Core_V3_HeaderValueOption {
            .with {
                $0.header.key = name
                $0.header.value = value
            }
        }
        switch http.path {
        case "/deny":
            response.status.code = 7
            response.deniedResponse.status.code = .forbidden
            response.deniedResponse.body = "no, \(request.attributes.source.principal)"
            response.deniedResponse.headers = [header("x-why", http.headers["x-in"] ?? ""), header("host", "evil")]
        case "/rich":
            func query(_ name: String, _ value: String) -> Envoy_Config_Core_V3_QueryParameter {
                .with {
                    $0.key = name
                    $0.value = value
                }
            }
            response.dynamicMetadata = [
                "who": "alice", "score": 1.5, "age": 7, "is": true, "none": nil,
                "of": .init(listValue: ["a", .init(structValue: ["b": 2])]),
            ]
            response.okResponse.headers = [header("x-set", "1"), header("x-append", "2"), header("x-absent", "3")]
            response.okResponse.headers[1].append.value = true
            response.okResponse.headers[2].appendAction = .addIfAbsent
            response.okResponse.responseHeadersToAdd = [header("x-add", "4"), header("x-over", "5")]
            response.okResponse.responseHeadersToAdd[1].appendAction = .overwriteIfExists
            response.okResponse.queryParametersToSet = [query("user", "alice%20b")]
            response.okResponse.queryParametersToRemove = ["token"]
        case "/denied-with-metadata":
            response.status.code = 7
            response.dynamicMetadata = ["why": "tired"]
        case "/query": response.okResponse.queryParametersToSet = [.with { $0.key = "a b" }]
        case "/unknown":
            // Field 100, a text of one letter.
            response.okResponse = try .init(serializedBytes: [0xA2, 0x06, 0x01, 0x61] as [UInt8])
        case "/inject": response.okResponse.headers = [header("x-a", "b\r\nx-c: d")]
        case "/host": response.okResponse.headers = [header(":path", "/admin")]
        case "/slow": try await Task.sleep(for: .seconds(60))
        case "/fail": throw RPCError(code: .internalError, message: "broken")
        default:
            response.okResponse.headers = [header("x-user", http.body)]
            response.okResponse.headersToRemove = ["x-gone", ":path"]
        }
        return response
    }
}

@Suite(.timeLimit(.minutes(5))) struct AuthorizationClientTests {
    static let loopback = IPAddress(v4: 0x7F00_0001)

    static func subject(_ path: String) -> CheckSubject {
        let address = SocketAddressValue(address: loopback, port: 1)
        let peer = PeerCertificateFacts(uriSANs: [ContiguousArray("spiffe://td/ns/n/sa/s".utf8)])
        let facts = DownstreamFacts(remote: address, local: address, isTLS: true, peer: peer)
        let filter = ExternalAuthorization(
            service: .grpc(
                .init(
                    cluster: ClusterIndex(rawValue: 0),
                    authority: "",
                    timeout: path == "/slow" ? .milliseconds(200) : .seconds(60)
                )
            ),
            body: .init(bytes: 10, allowsPartial: true, packsAsBytes: false)
        )
        var head = RequestHead()
        head.setMethod(.get)
        head.setPath(ContiguousArray(path.utf8))
        head.headers.add(HeaderName("x-in"), "1")
        head.headers.add(HeaderName("x-in"), "2")
        var subject = CheckSubject(facts, for: filter)
        subject.add(head, for: filter, body: (Array("bo".utf8) + [0xFF], false))
        return subject
    }

    static func ask(
        _ client: AuthorizationClient,
        _ path: String,
        port: Int,
        security: UpstreamSecurity? = nil,
        timeout: Duration? = nil
    ) async -> CheckAnswer {
        await withCheckedContinuation { continuation in
            client.check(
                subject(path),
                of: .init(
                    cluster: ClusterIndex(rawValue: 0),
                    authority: "",
                    // Long where an answer is expected: a busy machine must not be late for it.
                    timeout: timeout ?? (path == "/slow" || port == 1 ? .milliseconds(500) : .seconds(50))
                ),
                clusterName: "outbound|9000||authz",
                at: SocketAddressValue(address: loopback, port: UInt16(clamping: port)),
                security: security,
                then: { continuation.resume(returning: $0) }
            )
        }
    }

    static func words(_ answer: CheckAnswer) -> String {
        func text(_ bytes: ContiguousArray<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
        func list(_ headers: [LocalResponse.Header]) -> String {
            headers.map { header in
                let sign =
                    switch header.condition {
                    case .always: header.replaces ? "=" : "+="
                    case .ifAbsent: "?="
                    case .ifPresent: "!="
                    }
                return "\(header.name)\(sign)\(text(header.value))"
            }
            .joined(separator: " ")
        }
        func metadata(_ members: [MetadataMember]) -> String {
            members.map { " {\(text($0.name)): \($0.value)}" }.joined()
        }
        switch answer {
        case .failed: return "failed"
        case .allowed(let changes):
            let query = changes.queryParameters.map { " ?\(text($0.name))=\($0.value.map(text) ?? "-")" }.joined()
            let response = changes.responseHeaders.isEmpty ? "" : " | " + list(changes.responseHeaders)
            return
                "allowed \(list(changes.requestHeaders)) -\(changes.removals.map { "\($0)" }.joined(separator: " -"))"
                + response + query + metadata(changes.metadata)
        case .denied(let status, let headers, let body, let members):
            return "denied \(status) \(list(headers)) \(text(body))" + metadata(members)
        }
    }

    private static func text(_ text: String) -> MetadataValue { .text(ContiguousArray(text.utf8)) }

    private static let listOfRich = MetadataValue.list([
        text("a"), .object([MetadataMember(name: ContiguousArray("b".utf8), value: .integer(2))]),
    ])

    /// What the service says; what may not be changed, is not, and what breaks the rules lets nobody in.
    @Test func answersAreHeard() async throws {
        let server = GRPCServer(
            transport: .http2NIOPosix(address: .ipv4(host: "127.0.0.1", port: 0), transportSecurity: .plaintext),
            services: [Service()]
        )
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            let port = try #require(try await server.listeningAddress?.ipv4?.port)
            let client = AuthorizationClient()
            for (path, expected) in [
                ("/ok", "allowed x-user=bo! -x-gone"),
                ("/deny", "denied 403 x-why=1,2 no, spiffe://td/ns/n/sa/s"),
                (
                    "/rich",
                    "allowed x-set=1 x-append+=2 x-absent?=3 - | x-add+=4 x-over!=5 ?user=alice%20b ?token=-"
                        + " {age: integer(7)} {is: boolean(true)} {none: null}"
                        + " {of: \(Self.listOfRich)} {score: number(1.5)} {who: \(Self.text("alice"))}"
                ),
                ("/denied-with-metadata", "denied 403   {why: \(Self.text("tired"))}"),
                ("/query", "failed"), ("/unknown", "failed"), ("/inject", "failed"), ("/host", "failed"),
                ("/fail", "failed"), ("/slow", "failed"),
            ] {
                #expect(Self.words(await Self.ask(client, path, port: port)) == expected, "\(path)")
            }
            client.close()
            #expect(Self.words(await Self.ask(client, "/ok", port: port)) == "failed")
            server.beginGracefulShutdown()
            group.cancelAll()
        }
    }

    @Test func nobodyThereFails() async {
        let client = AuthorizationClient()
        // The port of this protocol is reserved and nobody listens.
        #expect(Self.words(await Self.ask(client, "/ok", port: 1)) == "failed")
        client.close()
    }
}
