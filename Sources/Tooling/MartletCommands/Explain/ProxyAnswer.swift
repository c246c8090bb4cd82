import Foundation
import KubernetesAPI
import MeshTelemetry

/// What one proxy said when it was asked.
struct ProxyAnswer: Sendable, Equatable {
    enum Outcome: Sendable, Equatable {
        case decisions(RequestDecisions)
        /// It is Envoy, which remembers nothing.
        case envoy
        case failed(String)
    }

    /// `POD.NAMESPACE`, or `HOST:PORT` of a proxy reached directly.
    var proxy: String
    var outcome: Outcome

    /// Reads what `/explain` answers.
    static func outcome(status: Int, server: String, body: [UInt8]) -> Outcome {
        if status == 404 { return server == "envoy" ? .envoy : .failed("it has no /explain: is it an older martlet?") }
        guard status == 200 else {
            return .failed("status \(status): \(String(decoding: body.prefix(200), as: UTF8.self))")
        }
        do {
            return .decisions(try JSONDecoder().decode(RequestDecisions.self, from: Data(body)))
        } catch let error as DecodingError {
            return .failed("its answer is not understood: \(error.explanation)")
        } catch {
            return .failed("its answer is not JSON")
        }
    }
}

/// What is asked of proxies.
enum DecisionRequest: Sendable, Equatable {
    case requestID(String)
    case last(Int)

    /// The page with its query.
    var target: String {
        switch self {
        case .requestID(let id): "/explain?request-id=\(Self.escaped(id))"
        case .last(let count): "/explain?last=\(count)"
        }
    }

    /// RFC 3986: everything but unreserved characters.
    private static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(
            withAllowedCharacters: CharacterSet(
                charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
            )
        ) ?? text
    }
}

/// Who can be asked.
protocol ProxyDirectory: Sendable {
    /// Asks every proxy; an answer that does not come is an outcome.
    func ask(_ request: DecisionRequest) async -> [ProxyAnswer]
}
