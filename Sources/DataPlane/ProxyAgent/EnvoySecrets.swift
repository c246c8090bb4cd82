internal import EnvoyAPI
internal import Logging
internal import ProxyIdentity

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// What the agent does beside an Envoy for its secrets: SDS on a socket, and the mesh's roots from a stream of its own.
struct EnvoySecrets: Sendable {
    let configuration: AgentConfiguration
    let identity: IdentityService
    let directory: String
    let logger: Logger

    /// Serves while `body` runs, which gets the socket's path once Envoy can connect to it.
    ///
    /// - Throws: what `body` throws, or why the socket cannot be made.
    func serve(_ body: @escaping @Sendable (String) async throws -> Int32) async throws -> Int32 {
        let path = try Self.socket(in: directory, port: configuration.admin.port)
        let server = SecretDiscoveryServer(path: path, publisher: identity.publisher, logger: logger)
        let (listening, listens) = AsyncStream<Void>.makeStream()
        return try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask {
                try await server.run { listens.yield() }
                return nil
            }
            group.addTask {
                await followRoots()
                return nil
            }
            group.addTask {
                for await _ in listening { break }
                return try await body(path)
            }
            defer { group.cancelAll() }
            while let code = try await group.next() {
                if let code { return code }
            }
            return 1
        }
    }

    /// A path that the system takes for a socket (unix(7): 107 bytes); where the folder's is too long, one in a private
    /// folder for temporary files.
    private static func socket(in directory: String, port: Int) throws -> String {
        let path = "\(directory)/sds-\(port)/socket"
        guard path.utf8.count > 107 else { return path }
        var template = Array("/tmp/martlet-sds-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw SecretError.unreadable(path: "/tmp/martlet-sds-XXXXXX", reason: String(cString: strerror(errno)))
        }
        return String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self) + "/socket"
    }

    private func followRoots() async {
        guard identity.wantsTrustBundle, let address = configuration.discoveryTLS else { return }
        await TrustBundleStream(
            access: ControlPlaneAccess(address: address, publisher: identity.publisher),
            node: configuration.node,
            logger: logger
        ) { identity.trust($0) }.run()
    }
}
