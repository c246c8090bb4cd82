import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// The page everybody knows: a book, its details, its reviews with or without stars.
struct ProductPage: Sendable {
    private let details: String
    private let reviews: String
    private let ratings: String

    init(_ environment: SampleEnvironment) {
        let variables = environment.variables
        let domain = variables["SERVICES_DOMAIN"].map { $0.isEmpty ? "" : ".\($0)" } ?? ""
        func address(_ name: String) -> String {
            let host = variables["\(name.uppercased())_HOSTNAME"] ?? "\(name)\(domain)"
            return "http://\(host):\(variables["\(name.uppercased())_SERVICE_PORT"] ?? "9080")"
        }
        details = address("details")
        reviews = address("reviews")
        ratings = address("ratings")
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in Response.text("Product page is healthy") }
        router.get("/") { _, _ in Response.html(ProductPageHTML.index) }
        router.get("/index.html") { _, _ in Response.html(ProductPageHTML.index) }
        router.get("/productpage") { request, _ in await page(request) }
        router.post("/login") { request, _ in try await logIn(request) }
        router.get("/logout") { _, _ in
            Response(
                status: .seeOther,
                headers: [.location: "/productpage", .setCookie: "session=; Path=/; Max-Age=0; HttpOnly"]
            )
        }
        router.get("/api/v1/products") { _, _ in Response.json("[\(Self.product)]") }
        router.get("/api/v1/products/:id") { request, context in await relay("details", request, context) }
        router.get("/api/v1/products/:id/reviews") { request, context in await relay("reviews", request, context) }
        router.get("/api/v1/products/:id/ratings") { request, context in await relay("ratings", request, context) }
        return router
    }

    private static let product = """
        {"id": 0, "title": "The Comedy of Errors", "descriptionHtml": "A play by William Shakespeare about two sets of \
        identical twins."}
        """

    // MARK: The page

    private func page(_ request: Request) async -> Response {
        let user = Self.user(of: request)
        async let details = fetch("\(details)/details/0", request, user, tries: 1, as: BookDetails.self)
        async let reviews = fetch("\(reviews)/reviews/0", request, user, tries: 2, as: BookReviews.self)
        return .html(ProductPageHTML.page(user: user, details: await details, reviews: await reviews))
    }

    /// A service is given three seconds, and reviews a second try.
    private func fetch<Value: Decodable>(
        _ url: String,
        _ request: Request,
        _ user: String?,
        tries: Int,
        as type: Value.Type
    ) async -> Value? {
        for _ in 0..<tries {
            do {
                let extra = user.map { [("end-user", $0)] } ?? []
                let answer = try await Propagation.get(url, for: request, with: extra, timeout: .seconds(3))
                guard answer.status == 200 else { continue }
                return try JSONDecoder().decode(type, from: Data(answer.body.readableBytesView))
            } catch {
                continue
            }
        }
        return nil
    }

    // MARK: Session

    private static func user(of request: Request) -> String? {
        for cookie in (request.headers[.cookie] ?? "").split(separator: ";") {
            let pair = cookie.split(separator: "=", maxSplits: 1)
            guard pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces) == "session" else { continue }
            let name = pair[1].filter { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }
            return name.isEmpty ? nil : String(name)
        }
        return nil
    }

    private func logIn(_ request: Request) async throws -> Response {
        let body = String(buffer: try await request.body.collect(upTo: 4096))
        var name = ""
        for field in body.split(separator: "&") {
            let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, pair[0] == "username" else { continue }
            name = pair[1].filter { $0.isLetter || $0.isNumber || $0 == "." || $0 == "-" || $0 == "_" }
        }
        return Response(
            status: .seeOther,
            headers: [.location: "/productpage", .setCookie: "session=\(name); Path=/; HttpOnly"]
        )
    }

    // MARK: The API

    private func relay(_ name: String, _ request: Request, _ context: BasicRequestContext) async -> Response {
        guard let id = context.parameters.get("id").flatMap({ Int($0) }) else {
            return .json(#"{"error": "please provide numeric product id"}"#, status: .badRequest)
        }
        let address = name == "details" ? details : name == "reviews" ? reviews : ratings
        let extra = Self.user(of: request).map { [("end-user", $0)] } ?? []
        do {
            let answer = try await Propagation.get(
                "\(address)/\(name)/\(id)",
                for: request,
                with: extra,
                timeout: .seconds(3)
            )
            return .json(String(buffer: answer.body), status: .init(code: answer.status))
        } catch {
            let text = #"{"error": "Sorry, product \#(name) are currently unavailable for this book."}"#
            return .json(text, status: .serviceUnavailable)
        }
    }
}

/// What `details` answers.
struct BookDetails: Decodable, Sendable {
    var type: String
    var pages: Int
    var publisher: String
    var language: String
    var isbn10: String
    var isbn13: String

    enum CodingKeys: String, CodingKey {
        case type, pages, publisher, language
        case isbn10 = "ISBN-10"
        case isbn13 = "ISBN-13"
    }
}

/// What `reviews` answers.
struct BookReviews: Decodable, Sendable {
    struct Review: Decodable, Sendable {
        var reviewer: String
        var text: String
        var rating: Rating?
    }

    struct Rating: Decodable, Sendable {
        var stars: Int?
        var color: String?
        var error: String?
    }

    var podname: String
    var reviews: [Review]
}
