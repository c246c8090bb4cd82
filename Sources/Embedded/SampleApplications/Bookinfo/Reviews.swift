import Foundation
import Hummingbird
import NIOCore

/// Two reviews: without stars in version 1, with black ones in 2, with red ones in 3.
struct Reviews: Sendable {
    private let hostname: String
    private let ratings: String
    private let color: String?

    init(_ environment: SampleEnvironment, version: String) {
        hostname = environment.hostname
        let domain = environment.variables["SERVICES_DOMAIN"].map { $0.isEmpty ? "" : ".\($0)" } ?? ""
        let host = environment.variables["RATINGS_HOSTNAME"] ?? "ratings\(domain)"
        ratings = "http://\(host):\(environment.variables["RATINGS_SERVICE_PORT"] ?? "9080")"
        switch version {
        case "1": color = nil
        case "2": color = "black"
        default: color = "red"
        }
    }

    private struct Answer: Decodable { var ratings: [String: Int] }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in Response.json(#"{"status": "Reviews is healthy"}"#) }
        router.get("/reviews/:id") { request, context in
            guard let id = context.parameters.get("id").flatMap({ Int($0) }) else {
                return Response.json(#"{"error":"please provide numeric product ID"}"#, status: .badRequest)
            }
            let stars = await stars(of: id, for: request)
            let texts = [
                ("Reviewer1", "An extremely entertaining play by Shakespeare. The slapstick humour is refreshing!"),
                (
                    "Reviewer2",
                    "Absolutely fun and entertaining. The play lacks thematic depth when compared to other plays "
                        + "by Shakespeare."
                ),
            ]
            let reviews = texts.map { reviewer, text in
                "{\"reviewer\": \"\(reviewer)\", \"text\": \"\(text)\"\(rating(reviewer, stars))}"
            }
            return Response.json(
                """
                {"id": "\(id)", "podname": "\(hostname)", "clustername": "null", \
                "reviews": [\(reviews.joined(separator: ", "))]}
                """
            )
        }
        return router
    }

    private func rating(_ reviewer: String, _ stars: [String: Int]?) -> String {
        guard let color else { return "" }
        guard let count = stars?[reviewer] else {
            return ", \"rating\": {\"error\": \"Ratings service is currently unavailable\"}"
        }
        return ", \"rating\": {\"stars\": \(count), \"color\": \"\(color)\"}"
    }

    /// Nil when there are none to be had; version 3 is less patient than version 2.
    private func stars(of id: Int, for request: Request) async -> [String: Int]? {
        guard let color else { return nil }
        let patience: TimeAmount = color == "black" ? .seconds(10) : .milliseconds(2500)
        do {
            let answer = try await Propagation.get("\(ratings)/ratings/\(id)", for: request, timeout: patience)
            guard answer.status == 200 else { return nil }
            return try JSONDecoder().decode(Answer.self, from: Data(answer.body.readableBytesView)).ratings
        } catch {
            return nil
        }
    }
}
