internal import MeshTelemetry

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

/// Which requests `/explain` is asked about.
package enum DecisionQuery: Sendable, Equatable {
    /// Those with this `x-request-id`.
    case requestID(String)
    /// The last ones, 1...1000.
    case last(Int)
}

/// `/explain`, which Envoy has not: what this proxy decided about requests that are over.
enum ExplainPage {
    static func query(_ request: AdminRequest) -> DecisionQuery? {
        if let id = request.query["request-id"], !id.isEmpty { return .requestID(id) }
        guard let count = request.query["last"].flatMap({ Int($0) }), (1...1000).contains(count) else { return nil }
        return .last(count)
    }

    static let usage = AdminResponse(
        status: 400,
        body: "usage: /explain?request-id=ID or /explain?last=N, N from 1 to 1000\n"
    )

    static func page(_ decisions: RequestDecisions) -> AdminResponse {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(decisions) else {
            return AdminResponse(status: 500, body: "the answer cannot be written as JSON\n")
        }
        return AdminResponse(contentType: "application/json", body: String(decoding: data, as: UTF8.self) + "\n")
    }
}
