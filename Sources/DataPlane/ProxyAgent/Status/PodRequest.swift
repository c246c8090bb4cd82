internal import AsyncHTTPClient
internal import NIOCore
internal import NIOHTTP1

/// Requests of the agent's commands to a proxy that runs already.
package enum PodRequest {
    /// Sends one request; the status and the body, 64 MiB at most.
    package static func send(_ method: String, url: String, body: String) async throws -> (status: Int, text: String) {
        var request = HTTPClientRequest(url: url)
        request.method = HTTPMethod(rawValue: method)
        if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(60))
        let text = try await response.body.collect(upTo: 64 << 20)
        return (Int(response.status.code), String(buffer: text))
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
