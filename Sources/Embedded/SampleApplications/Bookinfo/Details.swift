import Hummingbird

/// Facts about the book.
struct Details {
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in Response.json(#"{"status":"Details is healthy"}"#) }
        router.get("/details/:id") { _, context in
            guard let id = context.parameters.get("id").flatMap({ Int($0) }) else {
                return Response.json(#"{"error":"please provide numeric product id"}"#, status: .badRequest)
            }
            return Response.json(
                """
                {"id":\(id),"author":"William Shakespeare","year":1595,"type":"paperback","pages":200,\
                "publisher":"PublisherA","language":"English","ISBN-10":"1234567890","ISBN-13":"123-1234567890"}
                """
            )
        }
        return router
    }
}
