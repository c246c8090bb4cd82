import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// One HTTPS POST to an admission webhook.
package struct WebhookCall: Sendable, Hashable {
    /// An address in the pods' network.
    package struct Endpoint: Sendable, Hashable {
        package var address: String
        package var port: Int

        package init(address: String, port: Int) {
            self.address = address
            self.port = port
        }
    }

    /// Its host is whom the certificate must name, also when the connection goes to one of the endpoints.
    package var url: String
    /// Of the Service behind the URL's host; empty when the webhook named a URL.
    package var endpoints: [Endpoint]
    /// PEM of `caBundle`; empty for the authorities of the system.
    package var authority: String
    /// An AdmissionReview as JSON.
    package var body: [UInt8]
    package var timeout: Duration
}

/// How the API server reaches admission webhooks.
package protocol WebhookTransport: Sendable {
    /// The body of the answer with status 200; throws for everything else.
    func post(_ call: WebhookCall) async throws -> [UInt8]
}

/// Webhooks over HTTPS from this process' network.
///
/// `reach` says where to connect for an endpoint in the pods' network, such as a relay on loopback; by default the
/// endpoint itself.
package struct HTTPSWebhooks: WebhookTransport {
    /// Where to connect for an endpoint in the pods' network.
    package typealias Reach = @Sendable (WebhookCall.Endpoint) async throws -> WebhookCall.Endpoint

    private let reach: Reach
    private static let answerLimit = 4 << 20

    package init(reach: @escaping Reach = { $0 }) { self.reach = reach }

    /// One connection, one POST; the certificate is verified against ``WebhookCall/authority``.
    package func post(_ call: WebhookCall) async throws -> [UInt8] {
        var configuration = HTTPClient.Configuration()
        var tls = TLSConfiguration.makeClientConfiguration()
        if !call.authority.isEmpty {
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(call.authority.utf8)))
        }
        configuration.tlsConfiguration = tls
        configuration.httpVersion = .http1Only
        var request = HTTPClientRequest(url: call.url)
        if let endpoint = call.endpoints.randomElement() {
            let place = try await reach(endpoint)
            guard let target = Target(call.url) else { throw WebhookFailure(reason: "the URL is not valid") }
            configuration.dnsOverride = [target.host: place.address]
            request.url = "https://\(target.host):\(place.port)\(target.path)"
            request.headers.add(name: "Host", value: target.host)
        }
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/json")
        request.headers.add(name: "Accept", value: "application/json")
        request.headers.add(name: "User-Agent", value: "kube-apiserver-admission")
        request.body = .bytes(ByteBuffer(bytes: call.body))
        do {
            let response = try await client.execute(request, timeout: TimeAmount(call.timeout))
            guard response.status == .ok else { throw WebhookFailure(reason: "status \(response.status.code)") }
            let body = try await response.body.collect(upTo: Self.answerLimit)
            Self.leave(client)
            return Array(body.readableBytesView)
        } catch {
            Self.leave(client)
            // Who takes no connection in that time gives no answer in it either.
            if let late = error as? HTTPClientError, late == .deadlineExceeded || late == .connectTimeout {
                throw WebhookFailure(reason: "no answer within \(call.timeout.components.seconds) s (timeoutSeconds)")
            }
            throw error
        }
    }

    /// Ends a client without waiting: the end of a TLS connection waits for the peer's, and who did not answer in time
    /// does not say goodbye in time either.
    private static func leave(_ client: HTTPClient) { Task { try? await client.shutdown() } }

    private struct Target {
        var host: String
        var path: String

        init?(_ url: String) {
            guard url.hasPrefix("https://") else { return nil }
            let rest = url.dropFirst("https://".count)
            let authority = rest.prefix { $0 != "/" }
            host = String(authority.prefix { $0 != ":" })
            path = rest.dropFirst(authority.count).isEmpty ? "/" : String(rest.dropFirst(authority.count))
        }
    }
}

/// Why a webhook gave no answer.
package struct WebhookFailure: Error, Sendable, Equatable, CustomStringConvertible {
    package var reason: String
    package var description: String { reason }

    package init(reason: String) { self.reason = reason }
}
