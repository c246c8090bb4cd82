import AsyncHTTPClient
import FoundationEssentials
package import MeshConfig
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Fetches keys over HTTP and HTTPS.
///
/// A name is resolved once, the address looked at, and the connection made to that address: a name that leads elsewhere a
/// moment later gains nothing. Redirects are followed under the same rule, never from HTTPS to HTTP.
package struct HTTPKeyFetcher: KeyFetcher {
    /// How keys are fetched.
    package struct Configuration: Sendable {
        /// Whether loopback, link-local and metadata addresses are allowed.
        package var allowsPrivate = false
        /// A file of further authorities that issuers' certificates may be of (Istio: `/cacerts/extra.pem`); nil for none.
        package var extraRoots: String?
        /// Keys that are there are asked for anew after so long.
        package var refreshInterval: Duration = .seconds(20 * 60)

        /// Istio's defaults.
        package init() {}
    }

    private static let longestAnswer = JSONWebKeySet.longest
    private static let mostRedirects = 3

    private let configuration: Configuration

    package init(_ configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// The key set at a location; what cannot be had is told with its URL.
    package func fetch(_ location: JSONWebKeyLocation, timeout: Duration) async throws(KeyFetchFailure) -> String {
        let deadline = NIODeadline.now() + TimeAmount(timeout)
        var url = location.url
        if case .discovery = location {
            let document = try await get(url, deadline)
            struct Discovery: Decodable {
                var jwks_uri: String
            }
            guard let found = try? JSONDecoder().decode(Discovery.self, from: Data(document.utf8)) else {
                throw KeyFetchFailure("\(url): the answer is not an OpenID configuration with jwks_uri")
            }
            guard !url.hasPrefix("https://") || found.jwks_uri.hasPrefix("https://") else {
                throw KeyFetchFailure("\(url): its jwks_uri \(found.jwks_uri) is not of https")
            }
            url = found.jwks_uri
        }
        let keys = try await get(url, deadline)
        do throws(JSONWebKeySet.Failure) {
            _ = try JSONWebKeySet(keys)
        } catch {
            throw KeyFetchFailure("\(url): the answer \(error.reason)")
        }
        return keys
    }

    private func get(_ url: String, _ deadline: NIODeadline) async throws(KeyFetchFailure) -> String {
        var url = url
        for _ in 0...Self.mostRedirects {
            switch try await ask(url, deadline) {
            case .text(let text): return text
            case .redirect(let target):
                guard !url.lowercased().hasPrefix("https://") || target.lowercased().hasPrefix("https://") else {
                    throw KeyFetchFailure("\(url): redirects to \(target), which is not of https")
                }
                url = target
            }
        }
        throw KeyFetchFailure("\(url): more than \(Self.mostRedirects) redirects")
    }

    private enum Answer: Sendable {
        case text(String)
        case redirect(String)
    }

    private func ask(_ url: String, _ deadline: NIODeadline) async throws(KeyFetchFailure) -> Answer {
        guard let parts = URLSyntax.parse(url) else { throw KeyFetchFailure("\(url) is not a URL of http or https") }
        let address = try await resolve(parts, url, deadline)
        if !configuration.allowsPrivate, let reason = FetchableAddress.reason(against: address) {
            throw KeyFetchFailure("\(url): \(reason), which keys are not fetched from (see --jwks-allow-private)")
        }
        let client = HTTPClient(
            eventLoopGroupProvider: .singleton,
            configuration: client(host: parts.host, address: address, deadline)
        )
        let answer: Result<Answer, KeyFetchFailure>
        do {
            answer = .success(try await Self.ask(client, url, deadline))
        } catch let failure as KeyFetchFailure {
            answer = .failure(failure)
        } catch {
            answer = .failure(KeyFetchFailure("\(url): \(error)"))
        }
        try? await client.shutdown()
        return try answer.get()
    }

    private func client(host: String, address: String, _ deadline: NIODeadline) -> HTTPClient.Configuration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let path = configuration.extraRoots { tls.additionalTrustRoots = [.file(path)] }
        var client = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
        let left = max(deadline - .now(), .milliseconds(1))
        client.timeout = .init(connect: left, read: left)
        if host != address { client.dnsOverride = [host: address] }
        return client
    }

    private static func ask(_ client: HTTPClient, _ url: String, _ deadline: NIODeadline) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "accept", value: "application/json")
        request.headers.add(name: "user-agent", value: "martletd")
        let response = try await client.execute(request, deadline: deadline)
        if [301, 302, 303, 307, 308].contains(response.status.code),
            let target = response.headers.first(name: "location")
        {
            return .redirect(absolute(target, from: url))
        }
        guard (200..<300).contains(response.status.code) else {
            throw KeyFetchFailure("\(url): status \(response.status.code)")
        }
        let body: ByteBuffer
        do {
            body = try await response.body.collect(upTo: longestAnswer)
        } catch is NIOTooManyBytesError {
            throw KeyFetchFailure("\(url): the answer is longer than 1 MiB")
        }
        return .text(String(buffer: body))
    }

    /// A redirect's target; a path is of the same host.
    private static func absolute(_ target: String, from url: String) -> String {
        guard target.hasPrefix("/"), !target.hasPrefix("//") else { return target }
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        return url[..<(url[start...].firstIndex(of: "/") ?? url.endIndex)] + target
    }

    /// The first address of a host; names are asked of the system, off the event loops.
    private func resolve(
        _ parts: URLSyntax.Web,
        _ url: String,
        _ deadline: NIODeadline
    ) async throws(KeyFetchFailure) -> String {
        if FetchableAddress.isAddress(parts.host) { return parts.host }
        let looking = NIOThreadPool.singleton.runIfActive(eventLoop: MultiThreadedEventLoopGroup.singleton.next()) {
            try SocketAddress.makeAddressResolvingHost(parts.host, port: parts.port).ipAddress
        }
        let limit = looking.eventLoop.scheduleTask(deadline: deadline) { () throws -> String? in
            throw KeyFetchFailure("\(url): its host was not found in time")
        }
        defer { limit.cancel() }
        do {
            let first = looking.eventLoop.makePromise(of: String?.self)
            looking.cascade(to: first)
            limit.futureResult.whenFailure { error in
                if error is KeyFetchFailure { first.fail(error) }
            }
            guard let address = try await first.futureResult.get() else {
                throw KeyFetchFailure("\(url): its host has no IP address")
            }
            return address
        } catch let failure as KeyFetchFailure {
            throw failure
        } catch {
            throw KeyFetchFailure("\(url): its host is not found: \(error)")
        }
    }
}
