internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Requests of the agent's commands to a proxy that runs already.
package enum PodRequest {
    /// What came back.
    package struct Answer: Sendable {
        package var status: Int
        /// The header `server`: Envoy's admin interface says `envoy`, ours nothing.
        package var server: String
        package var text: String
    }

    /// Sends one request; the body is read up to 64 MiB.
    package static func send(_ method: String, url: String, body: String) async throws -> Answer {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = try await response.body.collect(upTo: 64 << 20)
        return Answer(
            status: Int(response.status.code),
            server: response.headers.first(name: "server") ?? "",
            text: String(buffer: text)
        )
    }

    /// Asks until the answer is 200; nil then, else what the last ask came to.
    package static func waitForSuccess(
        url: String,
        timeout: Duration,
        period: Duration,
        requestTimeout: Duration
    ) async -> String? {
        let clock = ContinuousClock()
        let end = clock.now + timeout
        var last = "nothing was asked"
        repeat {
            do {
                let limit = TimeAmount.nanoseconds(requestTimeout.nanoseconds)
                let answer = try await AgentHTTP.get(url, timeout: limit, limit: 1 << 20)
                if answer.status == 200 { return nil }
                last = "status \(answer.status) \(answer.text.filter { !$0.isNewline })"
            } catch {
                last = "\(error)"
            }
            guard (try? await Task.sleep(for: period)) != nil else { break }
        } while clock.now < end
        return last
    }
}
