import IssuerKeys
import MeshConfig
import NIOCore
import NIOHTTP1
import NIOPosix
import SecurityTags
import Testing

/// A server on the loopback that answers by path.
struct TinyServer: Sendable {
    enum Answer: Sendable {
        case text(String)
        case status(Int)
        case redirect(String)
        case nothing
    }

    let port: Int
    private let channel: any Channel

    init(_ answers: [String: Answer]) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(Handler(answers: answers))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = channel.localAddress?.port ?? 0
    }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let answers: [String: Answer]
        private var path = ""

        init(answers: [String: Answer]) { self.answers = answers }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): path = head.uri
            case .body: break
            case .end: answer(context)
            }
        }

        private func answer(_ context: ChannelHandlerContext) {
            var head = HTTPResponseHead(version: .http1_1, status: .ok)
            var body = ""
            switch answers[path] ?? .status(404) {
            case .text(let text): body = text
            case .status(let code): head.status = .init(statusCode: code)
            case .redirect(let target):
                head.status = .found
                head.headers.add(name: "location", value: target)
            case .nothing: return
            }
            head.headers.add(name: "content-length", value: String(body.utf8.count))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}

@Suite(.timeLimit(.minutes(5)), .tags(.sec27)) struct HTTPKeyFetcherTests {
    private static let keys = #"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB"}]}"#

    private func fetch(
        _ path: String,
        _ answers: [String: TinyServer.Answer],
        isDiscovery: Bool = false,
        allowsPrivate: Bool = true,
        timeout: Duration = .seconds(10)
    ) async throws -> Result<String, KeyFetchFailure> {
        let server = try await TinyServer(answers)
        var configuration = HTTPKeyFetcher.Configuration()
        configuration.allowsPrivate = allowsPrivate
        let url = "http://127.0.0.1:\(server.port)\(path)"
        let result: Result<String, KeyFetchFailure>
        do throws(KeyFetchFailure) {
            let location = isDiscovery ? JSONWebKeyLocation.discovery(issuer: url) : .url(url)
            result = .success(try await HTTPKeyFetcher(configuration).fetch(location, timeout: timeout))
        } catch {
            result = .failure(error)
        }
        try await server.stop()
        return result
    }

    @Test func keysAreFetched() async throws {
        #expect(try await fetch("/keys", ["/keys": .text(Self.keys)]) == .success(Self.keys))
    }

    @Test func redirectsOfOneHostAreFollowed() async throws {
        let answers: [String: TinyServer.Answer] = ["/a": .redirect("/b"), "/b": .text(Self.keys)]
        #expect(try await fetch("/a", answers) == .success(Self.keys))
    }

    @Test(arguments: [
        ("/loop", "more than 3 redirects"), ("/gone", "status 404"), ("/broken", "status 500"),
        ("/text", "is not a JSON Web Key Set"), ("/none", "holds no key"), ("/useless", "holds no whole key"),
        ("/metadata", "169.254.169.254"), ("/file", "is not a URL of http or https"),
    ])
    func whatIsNoKeySetIsRefused(path: String, reason: String) async throws {
        let answers: [String: TinyServer.Answer] = [
            "/loop": .redirect("/loop"), "/broken": .status(500), "/text": .text("<html>"),
            "/none": .text(#"{"keys":[]}"#), "/useless": .text(#"{"keys":[{"kty":"RSA","n":"x"},{"kty":"?"}]}"#),
            "/metadata": .redirect("http://169.254.169.254:1/keys"), "/file": .redirect("file:///etc/passwd"),
        ]
        // Every address is allowed here, and nobody is at that of a metadata service.
        let result = try await fetch(path, answers, timeout: .seconds(2))
        guard case .failure(let failure) = result else {
            Issue.record("fetched")
            return
        }
        #expect(failure.reason.contains(reason), "\(failure)")
    }

    @Test func loopbackIsRefusedUnlessAllowed() async throws {
        let result = try await fetch("/keys", ["/keys": .text(Self.keys)], allowsPrivate: false)
        guard case .failure(let failure) = result else {
            Issue.record("fetched")
            return
        }
        #expect(failure.reason.contains("127.0.0.1 is a loopback address"))
    }

    @Test func namesThatLeadToTheLoopbackAreRefused() async throws {
        let fetcher = HTTPKeyFetcher()
        await #expect(throws: KeyFetchFailure.self) {
            try await fetcher.fetch(.url("http://localhost:1/keys"), timeout: .seconds(5))
        }
    }

    @Test func answerLongerThanAMebibyteIsRefused() async throws {
        let result = try await fetch("/keys", ["/keys": .text(String(repeating: " ", count: 1 << 20) + Self.keys)])
        #expect(result.failure?.reason.contains("longer than 1 MiB") == true)
    }

    @Test func silentIssuerCostsItsTimeoutOnly() async throws {
        let result = try await fetch("/keys", ["/keys": .nothing], timeout: .milliseconds(200))
        #expect(result.failure != nil)
    }

    @Test func discoveryLeadsToTheKeys() async throws {
        // The port is known only once the server listens, so the document leads nowhere here.
        let document = #"{"issuer":"x","jwks_uri":"http://127.0.0.1:1/keys"}"#
        let path = "/.well-known/openid-configuration"
        let result = try await fetch("", [path: .text(document)], isDiscovery: true, timeout: .seconds(2))
        #expect(result.failure?.reason.hasPrefix("http://127.0.0.1:1/keys") == true, "\(result)")
        let without = try await fetch("", [path: .text("{}")], isDiscovery: true)
        #expect(without.failure?.reason.contains("not an OpenID configuration") == true)
    }
}

extension Result {
    fileprivate var failure: Failure? {
        if case .failure(let failure) = self { failure } else { nil }
    }
}
