internal import Hummingbird
internal import MeshIdentity
internal import NIOCore

/// A request of the monitoring port and where it comes from.
struct MonitoringContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Nil when unknown.
    let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }
}

/// Keeps what a proxy is told from whoever is not meant to know: pages beyond metrics and health are for the machine
/// itself (`kubectl port-forward` comes from there) and for tokens of the control plane's own namespace.
struct DebugAccess: RouterMiddleware {
    typealias Context = MonitoringContext

    /// Nil where there are no tokens.
    let authentication: CallerAuthentication?
    /// Namespace of the control plane.
    let namespace: String
    /// IP addresses that are as good as the machine itself.
    var sources: Set<String> = []

    /// Says nothing of any workload.
    static let open: Set<String> = ["/metrics", "/ready", "/healthz", "/version"]

    func handle(
        _ request: Request,
        context: MonitoringContext,
        next: (Request, MonitoringContext) async throws -> Response
    ) async throws -> Response {
        if Self.open.contains(request.uri.path) || isLocal(context.peer) { return try await next(request, context) }
        guard let authentication else {
            return DebugJSON.failure("this page is for callers on the control plane's own machine", status: .forbidden)
        }
        do throws(AuthenticationFailure) {
            let identity = try await authentication.identity(request.headers[values: .authorization])
            guard identity.namespace == namespace else {
                return DebugJSON.failure(
                    "\(identity) is not of the namespace \(namespace): debug pages are only for that",
                    status: .forbidden
                )
            }
        } catch {
            switch error {
            case .refused(let reason): return DebugJSON.failure(reason, status: .unauthorized)
            case .unavailable(let reason): return DebugJSON.failure(reason, status: .serviceUnavailable)
            }
        }
        return try await next(request, context)
    }

    /// Whether the caller runs beside the control plane, or where somebody said so.
    func isLocal(_ address: SocketAddress?) -> Bool {
        if case .unixDomainSocket? = address { return true }
        guard let text = address?.ipAddress else { return false }
        return text.hasPrefix("127.") || text == "::1" || text.hasPrefix("::ffff:127.") || sources.contains(text)
    }
}
