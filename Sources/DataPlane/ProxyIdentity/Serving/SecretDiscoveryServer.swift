internal import EnvoyAPI
internal import GRPCCore
internal import GRPCNIOTransportHTTP2Posix
package import Logging
internal import XDSProtocol

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Serves the agent's secrets to an Envoy of the same pod: `SecretDiscoveryService` on a socket in the file system that
/// only the agent's user can open.
package struct SecretDiscoveryServer: Sendable {
    private let path: String
    private let publisher: SecretPublisher
    private let logger: Logger

    /// A server that is not started; the socket's folder is made when it is missing.
    package init(path: String, publisher: SecretPublisher, logger: Logger) {
        self.path = path
        self.publisher = publisher
        self.logger = logger
    }

    /// Serves until the task is cancelled; `onListening` is called once clients can connect.
    ///
    /// - Throws: when the socket cannot be made: its path is longer than the system allows (107 bytes), or the folder
    ///   cannot be written.
    package func run(onListening: @escaping @Sendable () -> Void = {}) async throws {
        try makeFolder()
        unlink(path)
        let transport = HTTP2ServerTransport.Posix(
            address: .unixDomainSocket(path: path),
            transportSecurity: .plaintext
        )
        let server = GRPCServer(transport: transport, services: [SecretService(publisher: publisher)])
        defer { unlink(path) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            group.addTask { [path] in
                _ = try await transport.listeningAddress
                // The folder is private already; the socket too, wherever it stands.
                chmod(path, 0o600)
                onListening()
            }
            try await group.waitForAll()
        }
    }

    private func makeFolder() throws {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        guard !folder.isEmpty else { return }
        var made = ""
        for part in folder.split(separator: "/", omittingEmptySubsequences: false) {
            made += made.isEmpty && !folder.hasPrefix("/") ? String(part) : "/\(part)"
            while made.hasPrefix("//") { made.removeFirst() }
            guard access(made, F_OK) != 0 else { continue }
            guard mkdir(made, 0o700) == 0 || errno == EEXIST else {
                throw SecretError.unreadable(path: made, reason: String(cString: strerror(errno)))
            }
        }
    }
}

private struct SecretService: Envoy_Service_Secret_V3_SecretDiscoveryService.SimpleServiceProtocol {
    let publisher: SecretPublisher

    func streamSecrets(
        request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DiscoveryRequest, any Error>,
        response: RPCWriter<Envoy_Service_Discovery_V3_DiscoveryResponse>,
        context: ServerContext
    ) async throws {
        let stream = SecretStream<StateOfTheWorldSubscription>(publisher: publisher) { $0.resourceNames }
        try await stream.serve(request, response)
    }

    func deltaSecrets(
        request: RPCAsyncSequence<Envoy_Service_Discovery_V3_DeltaDiscoveryRequest, any Error>,
        response: RPCWriter<Envoy_Service_Discovery_V3_DeltaDiscoveryResponse>,
        context: ServerContext
    ) async throws {
        let stream = SecretStream<DeltaSubscription>(publisher: publisher) { $0.resourceNamesSubscribe }
        try await stream.serve(request, response)
    }

    func fetchSecrets(
        request: Envoy_Service_Discovery_V3_DiscoveryRequest,
        context: ServerContext
    ) async throws -> Envoy_Service_Discovery_V3_DiscoveryResponse {
        publisher.want(request.resourceNames)
        let set = publisher.current
        var response = Envoy_Service_Discovery_V3_DiscoveryResponse()
        response.typeURL = ResourceType.sds.typeURL
        response.versionInfo = "\(set.version)"
        for name in request.resourceNames {
            guard let resource = try SecretResources.resource(name, in: set) else {
                var reason = "there is none"
                if case .unavailable(let text) = set[name] { reason = text }
                throw RPCError(code: .unavailable, message: "\(name): \(reason)")
            }
            response.resources.append(resource.body)
        }
        return response
    }
}
