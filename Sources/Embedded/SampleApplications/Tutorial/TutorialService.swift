import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// The chain of three services: each puts its name before what the next one answers.
enum TutorialService: String {
    case customer, preference, recommendation

    func router(_ environment: SampleEnvironment) -> Router<BasicRequestContext> {
        switch self {
        case .customer: return Self.caller("customer", "http://preference:8080", "PREFERENCES_API_URL", environment)
        case .preference:
            return Self.caller("preference", "http://recommendation:8080", "RECOMMENDATIONS_API_URL", environment)
        case .recommendation: return Self.recommendation(environment)
        }
    }

    /// Whatever asks a caller first is packed as baggage, so that rules far behind can tell by whom they are asked.
    private static func packed(_ request: Request) -> [(String, String)] {
        ["user-agent", "user-preference"].compactMap { name in
            guard let field = HTTPField.Name(name), let value = request.headers[field],
                let packed = HTTPField.Name(Propagation.baggage + name), request.headers[packed] == nil
            else { return nil }
            return (packed.canonicalName, value)
        }
    }

    private static func caller(
        _ name: String,
        _ next: String,
        _ variable: String,
        _ environment: SampleEnvironment
    ) -> Router<BasicRequestContext> {
        let url = environment.variables[variable] ?? next
        let router = Router()
        router.get("/health/ready") { _, _ in Response.text("ok\n") }
        router.get("/") { request, _ in
            do {
                let answer = try await Propagation.get(url, for: request, with: packed(request), timeout: .seconds(60))
                let text = String(buffer: answer.body)
                guard answer.status == 200 else {
                    return Response.text("\(name) => Error: \(answer.status) - \(text)\n", status: .serviceUnavailable)
                }
                return Response.text("\(name) => \(text)")
            } catch {
                return Response.text("\(name) => Error: \(error)\n", status: .serviceUnavailable)
            }
        }
        return router
    }

    /// Its version is the environment's `VERSION`, or what its pod's name says: `recommendation-v2-...`.
    private static func recommendation(_ environment: SampleEnvironment) -> Router<BasicRequestContext> {
        let host = environment.hostname
        let named = host.split(separator: "-").first { part in
            part.count > 1 && part.first == "v" && part.dropFirst().allSatisfy(\.isNumber)
        }
        let version = environment.variables["VERSION"] ?? named.map { String($0) } ?? "v1"
        let state = Behaviour()
        let router = Router()
        router.get("/health/ready") { _, _ in Response.text("ok\n") }
        router.get("/misbehave") { _, _ in
            state.misbehaves(true)
            return Response.text("Following requests to '/' will return a 503\n")
        }
        router.get("/behave") { _, _ in
            state.misbehaves(false)
            return Response.text("Following requests to '/' will return a 200\n")
        }
        router.get("/") { _, _ in
            guard let count = state.next() else {
                return Response.text("recommendation misbehavior from '\(host)'\n", status: .serviceUnavailable)
            }
            return Response.text("recommendation \(version) from '\(host)': \(count)\n")
        }
        return router
    }

    /// How many it has answered, and whether it is told to fail.
    private final class Behaviour: Sendable {
        private let state = Mutex((count: 0, fails: false))

        func misbehaves(_ value: Bool) { state.withLock { $0.fails = value } }

        func next() -> Int? {
            state.withLock { state in
                guard !state.fails else { return nil }
                state.count &+= 1
                return state.count
            }
        }
    }
}
