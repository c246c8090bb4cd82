package import GRPCCore
package import GRPCNIOTransportHTTP2Posix
internal import X509

/// How a proxy connects to a TLS port of its control plane: verified server, and a token or a certificate of its own.
///
/// Files are read for every connection, so that renewed tokens and roots need no restart. Any thread.
package struct ControlPlaneAccess: Sendable {
    /// Whom it connects to.
    package let address: ControlPlaneAddress
    private let publisher: SecretPublisher

    package init(address: ControlPlaneAddress, publisher: SecretPublisher) {
        self.address = address
        self.publisher = publisher
    }

    /// What one connection is made with.
    package struct Connection: Sendable {
        /// TLS 1.2 at least, the server verified by root and name.
        package let security: HTTP2ClientTransport.Posix.TransportSecurity
        /// The `:authority` and SNI.
        package let serverName: String
        /// `authorization: Bearer TOKEN`, or nothing.
        package let metadata: Metadata
    }

    /// Why there is nothing to connect with.
    package struct Unprepared: Error, CustomStringConvertible {
        package let description: String
    }

    /// Makes ready for one connection.
    ///
    /// A token is preferred to the workload's own certificate, which the server may no longer trust; after an odd number
    /// of failures in a row it is the other way round, as the server may be unable to review tokens.
    ///
    /// - Throws: `Unprepared` when roots or credentials cannot be had; says of which file.
    package func prepare(failures: Int = 0) throws -> Connection {
        let roots = try trustRoots()
        var problems: [String] = []
        var token: String?
        if let path = address.tokenFile {
            do { token = try Self.token(path) } catch { problems.append("\(error)") }
        }
        var certificate: (chain: [UInt8], key: PrivateKeyPEM)?
        do { certificate = try clientCertificate() } catch { problems.append("\(error)") }
        if token != nil, certificate != nil, address.provisioned == nil {
            if failures % 2 == 0 { certificate = nil } else { token = nil }
        }
        guard token != nil || certificate != nil else {
            let reasons = problems.isEmpty ? ["no token file is configured"] : problems
            throw Unprepared(description: "no credentials for \(address): \(reasons.joined(separator: "; "))")
        }
        var metadata: Metadata = [:]
        if let token { metadata.addString("Bearer \(token)", forKey: "authorization") }
        return Connection(
            security: Self.security(roots: roots, certificate: certificate),
            serverName: address.serverName,
            metadata: metadata
        )
    }

    /// Waits until there is something to connect with: a token, or the first certificate.
    package func waitForCredentials() async {
        if let path = address.tokenFile, (try? Self.token(path)) != nil { return }
        if address.provisioned != nil { return }
        for await set in publisher.changes where set.workload != nil { return }
    }

    // The mounted file may lag behind a rotation that discovery has told of already.
    private func trustRoots() throws -> [UInt8]? {
        guard let path = address.rootsFile else { return nil }
        let known = publisher.current.workload?.rootsPEM
        do {
            let mounted = try SecretFile.read(path)
            _ = try CertificateText.certificates(mounted, of: path)
            return mounted + [UInt8(ascii: "\n")] + (known ?? [])
        } catch {
            if let known { return known }
            throw Unprepared(description: "the server \(address) cannot be verified: \(error)")
        }
    }

    private func clientCertificate() throws(SecretError) -> (chain: [UInt8], key: PrivateKeyPEM)? {
        if let files = address.provisioned {
            return (try SecretFile.read(files.chain), PrivateKeyPEM(try SecretFile.read(files.key)))
        }
        return publisher.current.workload.map { ($0.certificateChainPEM, $0.privateKeyPEM) }
    }

    private static func token(_ path: String) throws(SecretError) -> String {
        let text = String(decoding: try SecretFile.read(path), as: UTF8.self)
        let token = String(text.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
        guard !token.isEmpty, token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .unreadable(path: path, reason: "it holds no token")
        }
        return token
    }

    private static func security(
        roots: [UInt8]?,
        certificate: (chain: [UInt8], key: PrivateKeyPEM)?
    ) -> HTTP2ClientTransport.Posix.TransportSecurity {
        .tls(
            .defaults { tls in
                if let roots { tls.trustRoots = .certificates([.bytes(roots, format: .pem)]) }
                if let certificate {
                    tls.certificateChain = [.bytes(certificate.chain, format: .pem)]
                    tls.privateKey = .bytes(certificate.key.bytes, format: .pem)
                }
            }
        )
    }
}

extension RPCError {
    /// Code, message and what lies under them: a refused connection, a certificate that was not accepted.
    package var explanation: String {
        guard let cause else { return "\(code): \(message)" }
        return "\(code): \(message) (\(cause))"
    }
}
