import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// Asks for a page through the gateway as a user's browser will.
struct GatewayProbe {
    let port: UInt16
    let path: String

    /// Returns with the first answer 200; throws what came instead when it takes too long.
    func untilAnswered(atMost limit: Duration) async throws {
        let end = ContinuousClock.now + limit
        var last = "no answer"
        while ContinuousClock.now < end {
            do {
                let request = HTTPClientRequest(url: "http://127.0.0.1:\(port)\(path)")
                let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
                if response.status == .ok { return }
                last = "status \(response.status.code)"
            } catch {
                last = "\(error)"
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw ClusterError(
            "http://127.0.0.1:\(port)\(path) does not answer with 200: \(last)",
            remedy: "See `kubectl get pods -A` and `kubectl logs -n istio-system deploy/istio-ingressgateway`."
        )
    }
}
