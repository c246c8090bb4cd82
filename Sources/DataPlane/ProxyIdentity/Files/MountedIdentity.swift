internal import Crypto
internal import X509

/// The workload's identity out of files, read again when they become others; a struct that is asked now and then.
struct MountedIdentity: Sendable {
    private let files: MountedCertificate
    private var stamps: [SHA256.Digest?]?
    private var held: WorkloadMaterial?
    /// When what was refused as a certificate of the future is one of the present.
    private var validFrom: UnixTime?

    init(_ files: MountedCertificate) { self.files = files }

    enum Change: Sendable {
        case none
        case use(WorkloadMaterial)
        /// The new content is not to be used; what was read before stays, if there was anything.
        case refused(reason: String, keepsFormer: Bool)
        case expired(reason: String)
    }

    /// Looks at the files.
    mutating func look(at now: UnixTime) -> Change {
        let paths = [files.chain, files.key, files.roots] + (files.revocationLists.map { [$0] } ?? [])
        let current = paths.map { SecretFile.stamp($0) }
        if current != stamps || validFrom.map({ now >= $0 }) == true {
            stamps = current
            validFrom = nil
            do {
                let material = try load(at: now)
                guard material != held else { return .none }
                held = material
                return .use(material)
            } catch {
                validFrom = error.validFrom
                return .refused(reason: "\(error)", keepsFormer: held != nil)
            }
        }
        guard let held, now >= held.notAfter else { return .none }
        self.held = nil
        let name = held.identity.map { "\($0)" } ?? files.chain
        return .expired(reason: "certificate of \(name) expired at \(held.notAfter); \(files.chain) was not replaced")
    }

    private func load(at now: UnixTime) throws(SecretError) -> WorkloadMaterial {
        let chain = try SecretFile.read(files.chain)
        let key = PrivateKeyPEM(try SecretFile.read(files.key))
        let (leaf, _) = try CertificateText.chain(chain, of: files.chain)
        try CertificateText.check(leaf, isFor: key, at: now, owner: files.chain)
        let roots = try SecretFile.read(files.roots)
        _ = try CertificateText.certificates(roots, of: files.roots)
        var lists: [UInt8]?
        if let path = files.revocationLists, SecretFile.stamp(path) != nil {
            let bytes = try SecretFile.read(path)
            if !bytes.isEmpty {
                try CertificateText.checkRevocationLists(bytes, of: path)
                lists = bytes
            }
        }
        return WorkloadMaterial(
            identity: leaf.identity,
            chainPEM: chain,
            key: key,
            rootsPEM: roots,
            crlPEM: lists,
            notBefore: leaf.validFrom,
            notAfter: leaf.validUntil,
            serial: leaf.serialText
        )
    }
}
