package import FoundationEssentials
internal import SwiftASN1
internal import X509

extension SigningAuthority {
    /// The longest way from a signing certificate to a root.
    private static let maximumDepth = 8

    /// Checks that the texts make an authority that peers will trust: key, rights, dates and the way to a root.
    package init(_ files: AuthorityFiles, now: Date) throws(AuthorityError) {
        let place = "\(files.source): ca-cert.pem"
        var given = try PEMCertificates.read(files.certificate, file: place)
        guard !given.isEmpty else { throw .missing(file: place) }
        let certificate = given.removeFirst()
        let key = try Self.key(files)
        guard key.publicKey == certificate.publicKey else {
            throw .keyMismatch(certificate: place, key: "\(files.source): ca-key.pem")
        }
        given += try PEMCertificates.read(files.chain, file: "\(files.source): cert-chain.pem")
        var roots = try PEMCertificates.read(files.roots, file: "\(files.source): root-cert.pem")
        if roots.isEmpty, certificate.isSelfSigned { roots = [certificate] }
        // Of a chain without a file of roots the last one is meant.
        if roots.isEmpty, let last = given.last, last.isSelfSigned { roots = [last] }
        guard !roots.isEmpty else { throw .missing(file: "\(files.source): root-cert.pem") }
        let path = try Self.path(from: certificate, through: given, to: roots, source: files.source, now: now)
        let root = path.last ?? certificate
        var seen: Set<Certificate> = [root]
        let others = roots.filter { seen.insert($0).inserted }
        self.init(
            source: files.source,
            certificate: certificate,
            key: key,
            intermediates: path.dropLast(),
            roots: [root] + others,
            revocations: try RevocationList.read(
                files.revocations,
                file: "\(files.source): ca-crl.pem",
                authorities: [certificate] + given + roots
            )
        )
    }

    private static func key(_ files: AuthorityFiles) throws(AuthorityError) -> Certificate.PrivateKey {
        let place = "\(files.source): ca-key.pem"
        do {
            // What OpenSSL writes before a key of a curve says nothing that the key does not say.
            let documents = try PEMDocument.parseMultiple(pemString: files.key)
            guard let document = documents.first(where: { $0.discriminator != "EC PARAMETERS" }) else {
                throw AuthorityError.unreadable(file: place, reason: "it holds no private key in PEM")
            }
            return try Certificate.PrivateKey(pemDocument: document)
        } catch let error as AuthorityError {
            throw error
        } catch {
            // The library's error could quote the text.
            throw .unreadable(
                file: place,
                reason: "it must be an unencrypted private key in PEM: PKCS #8, PKCS #1 or SEC 1"
            )
        }
    }

    /// From the signing certificate to the root it ends in, both included.
    private static func path(
        from certificate: Certificate,
        through given: [Certificate],
        to roots: [Certificate],
        source: String,
        now: Date
    ) throws(AuthorityError) -> [Certificate] {
        var path = [certificate]
        var current = certificate
        while true {
            let place = "\(source): \(path.count == 1 ? "ca-cert.pem" : "cert-chain.pem")"
            let subject = "\(current.subject)"
            guard current.isAuthority else { throw .notAnAuthority(file: place, subject: subject) }
            guard current.notValidAfter > now else { throw .expired(file: place, subject: subject) }
            guard current.notValidBefore <= now else { throw .notYetValid(file: place, subject: subject) }
            if roots.contains(current) { return path }
            guard path.count < maximumDepth,
                let issuer = (roots + given).first(where: { !path.contains($0) && $0.isIssuer(of: current) })
            else { throw .noPathToRoot(file: place, subject: subject) }
            path.append(issuer)
            current = issuer
        }
    }
}
