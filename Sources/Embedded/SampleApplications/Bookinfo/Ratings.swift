import Hummingbird

/// How many stars each reviewer gives.
struct Ratings {
    func router() -> Router<BasicRequestContext> {
        let router = Router()
        router.get("/health") { _, _ in Response.json(#"{"status":"Ratings is healthy"}"#) }
        router.get("/ratings/:id") { _, context in
            guard let id = context.parameters.get("id").flatMap({ Int($0) }) else {
                return Response.json(#"{"error":"please provide numeric product ID"}"#, status: .badRequest)
            }
            return Response.json(#"{"id":\#(id),"ratings":{"Reviewer1":5,"Reviewer2":4}}"#)
        }
        return router
    }
}
