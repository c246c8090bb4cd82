import ArgumentParser
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// One proxy, reached through its admin interface.
struct AdminDirectory: ProxyDirectory {
    let address: String

    /// `HOST:PORT`.
    init(_ address: String) throws {
        guard let colon = address.lastIndex(of: ":"), colon != address.startIndex,
            let port = UInt16(address[address.index(after: colon)...]), port > 0
        else { throw ValidationError("--admin \"\(address)\": must be HOST:PORT, such as localhost:15000") }
        self.address = address
    }

    func ask(_ request: DecisionRequest) async -> [ProxyAnswer] {
        [ProxyAnswer(proxy: address, outcome: await outcome(request))]
    }

    private func outcome(_ request: DecisionRequest) async -> ProxyAnswer.Outcome {
        do {
            let asked = HTTPClientRequest(url: "http://\(address)\(request.target)")
            let response = try await HTTPClient.shared.execute(asked, timeout: .seconds(10))
            let body = try await response.body.collect(upTo: 64 << 20)
            return ProxyAnswer.outcome(
                status: Int(response.status.code),
                server: response.headers.first(name: "server") ?? "",
                body: Array(body.readableBytesView)
            )
        } catch {
            return .failed("\(error)")
        }
    }
}
