internal import HTTPTypes
internal import Hummingbird
internal import KubernetesAPI
internal import Logging
internal import NIOCore

/// The paths an API server calls.
struct WebhookRoutes: Sendable {
    let source: InjectorSource
    let logger: Logger

    /// An object may have 3 MiB with an API server, and a review holds the old one, too.
    private static let bodyLimit = 8 << 20

    func router() -> Router<BasicRequestContext> {
        let router = Router()
        for path in ["inject", "inject/**"] {
            router.post(RouterPath(path)) { request, _ in
                try await answer(request) { review in
                    let path = request.uri.path
                    let answer = WebhookAdmission.inject(review, path: path, injector: source.injector)
                    tell(answer, of: review)
                    return answer
                }
            }
        }
        router.post("validate") { request, _ in try await answer(request, with: WebhookAdmission.validate) }
        return router
    }

    private func answer(
        _ request: Request,
        with decide: (AdmissionRequest) -> AdmissionAnswer
    ) async throws -> Response {
        // Who says beforehand that it is too much need not send it.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > Self.bodyLimit {
            return DebugJSON.failure("a review has at most \(Self.bodyLimit) bytes", status: .contentTooLarge)
        }
        let body = try await request.body.collect(upTo: Self.bodyLimit)
        guard let review = AdmissionRequest(body.readableBytesView) else {
            return DebugJSON.failure("the body must be an AdmissionReview", status: .badRequest)
        }
        return DebugJSON.response(review.review(decide(review)).jsonText)
    }

    private func tell(_ answer: AdmissionAnswer, of review: AdmissionRequest) {
        let pod = KubernetesObject(review.object)
        let name = pod.name.isEmpty ? pod["metadata", "generateName"]?.string ?? "" : pod.name
        if let refusal = answer.refusal {
            logger.warning("pod \(review.namespace)/\(name) refused: \(refusal)")
        } else if answer.patch != nil {
            logger.info("pod \(review.namespace)/\(name) injected")
        }
    }
}
