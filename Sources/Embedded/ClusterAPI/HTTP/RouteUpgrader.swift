import HTTPTypes
import KubernetesAPI
import NIOCore
import NIOHTTP1
import NIOSSL

/// NIO's upgrader for one ``UpgradeRoute``: checks who asks and what they may before the route sees anything.
struct RouteUpgrader: NIOTypedHTTPServerProtocolUpgrader {
    typealias UpgradeResult = APIConnection.Kind

    let route: any UpgradeRoute
    let server: ClusterAPIServer

    var supportedProtocol: String { route.protocolName }
    /// What `Connection` must name is checked by the protocols themselves: proxies in between may drop it.
    var requiredUpgradeHeaders: [String] { [] }

    func buildUpgradeResponse(
        channel: any Channel,
        upgradeRequest: HTTPRequestHead,
        initialResponseHeaders: HTTPHeaders
    ) -> EventLoopFuture<HTTPHeaders> {
        let certificate = PeerCertificate.der(channel)
        return channel.eventLoop.makeFutureWithTask {
            try await server.authorizeUpgrade(upgradeRequest, certificate: certificate)
        }.flatMapThrowing { request in
            try route.accept(request, initial: initialResponseHeaders)
        }.flatMapErrorThrowing { error in
            UpgradeRefusal.answer(error, on: channel)
            throw error
        }
    }

    func upgrade(channel: any Channel, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<APIConnection.Kind> {
        let certificate = PeerCertificate.der(channel)
        return channel.eventLoop.makeFutureWithTask {
            try await server.authorizeUpgrade(upgradeRequest, certificate: certificate)
        }.flatMap { request in
            route.upgrade(channel, request).map { .upgraded($0) }
        }
    }
}

enum PeerCertificate {
    /// DER of what the client showed in the handshake; call it on the event loop.
    static func der(_ channel: any Channel) -> [UInt8]? {
        guard let certificate = try? channel.pipeline.syncOperations.nioSSL_peerCertificate() else { return nil }
        return try? certificate.toDERBytes()
    }
}

extension ClusterAPIServer {
    /// The request of an upgrade, when its user may `create` (and for websockets `get`) the subresource of that pod.
    func authorizeUpgrade(_ head: HTTPRequestHead, certificate: [UInt8]?) async throws(StatusError) -> UpgradeRequest {
        guard let method = HTTPRequest.Method(head.method.rawValue) else { throw .unknownPath }
        var fields = HTTPFields()
        for (name, value) in head.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        let request = APIRequest(
            head: HTTPRequest(method: method, scheme: "https", authority: nil, path: head.uri, headerFields: fields),
            certificate: certificate
        )
        guard
            case .resource("", "v1", let namespace, "pods", let name, let subresource) = RequestPath(request.path),
            ["exec", "attach", "portforward"].contains(subresource), !name.isEmpty, !namespace.isEmpty
        else { throw .unknownPath }
        let user = try await identify(request)
        try await authorize(
            user,
            .resource(
                verb: method == .get ? "get" : "create",
                group: "",
                resource: "pods/\(subresource)",
                namespace: namespace,
                name: name
            )
        )
        let pod = ObjectName(namespace: namespace, name: name)
        guard await stored(.pods, pod) != nil else { throw .notFound(.pods, name) }
        return UpgradeRequest(head: head, user: user, pod: pod, subresource: subresource, query: request.query)
    }
}
