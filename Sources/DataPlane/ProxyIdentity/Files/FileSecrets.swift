internal import Crypto
internal import Synchronization

/// The secrets that stand in files, by SDS name: read when first wanted, read again when a file becomes another.
///
/// A new content that cannot be used leaves the last good one in place and is warned about once. Any thread.
final class FileSecrets: Sendable {
    private struct Watched {
        var files: SecretName.Files
        var stamps: [SHA256.Digest?]
        var secret: SecretContent
        /// Until when a certificate may be used.
        var notAfter: UnixTime?
        /// From when one that was refused as of the future may be used.
        var validFrom: UnixTime?
    }

    private let watched = Mutex<[String: Watched]>([:])
    private let failures = Mutex<UInt64>(0)
    private let warn: @Sendable (String) -> Void

    init(warn: @escaping @Sendable (String) -> Void) { self.warn = warn }

    /// How many contents could not be used.
    var failureCount: UInt64 { failures.withLock { $0 } }

    /// Reads what a name stands for and watches it from now on; nil when it is no file's name.
    func read(_ name: String) -> SecretContent? {
        guard let files = SecretName.files(name) else { return nil }
        let stamps = Self.stamps(files)
        let now = UnixTime.now()
        var entry = Watched(files: files, stamps: stamps, secret: .unavailable(reason: ""), notAfter: nil)
        do {
            (entry.secret, entry.notAfter) = try Self.load(files, at: now)
        } catch {
            note("\(error)")
            entry.secret = .unavailable(reason: "\(error)")
            entry.validFrom = error.validFrom
        }
        let secret = entry.secret
        watched.withLock { [entry] in $0[name] = entry }
        return secret
    }

    /// The secrets whose files have become others since they were read, and the certificates that expired meanwhile.
    func changed(at now: UnixTime) -> [(String, SecretContent)] {
        var changes: [(String, SecretContent)] = []
        for (name, former) in watched.withLock({ $0 }) {
            var entry = former
            let stamps = Self.stamps(entry.files)
            if stamps != entry.stamps || entry.validFrom.map({ now >= $0 }) == true {
                entry.stamps = stamps
                entry.validFrom = nil
                do {
                    (entry.secret, entry.notAfter) = try Self.load(entry.files, at: now)
                } catch {
                    note("\(error); what was read before stays in use")
                    entry.validFrom = error.validFrom
                    if case .unavailable = entry.secret { entry.secret = .unavailable(reason: "\(error)") }
                }
            }
            if let end = entry.notAfter, now >= end {
                entry.notAfter = nil
                let reason = "\(name): the certificate expired at \(end) and its files were not replaced"
                note(reason)
                entry.secret = .unavailable(reason: reason)
            }
            let updated = entry
            watched.withLock { $0[name] = updated }
            if updated.secret != former.secret { changes.append((name, updated.secret)) }
        }
        return changes
    }

    private func note(_ line: String) {
        failures.withLock { $0 &+= 1 }
        warn(line)
    }

    private static func stamps(_ files: SecretName.Files) -> [SHA256.Digest?] {
        switch files {
        case .certificate(let chain, let key): [SecretFile.stamp(chain), SecretFile.stamp(key)]
        case .roots(let path): [SecretFile.stamp(SystemRoots.file(for: path))]
        }
    }

    private static func load(
        _ files: SecretName.Files,
        at now: UnixTime
    ) throws(SecretError) -> (SecretContent, UnixTime?) {
        switch files {
        case .certificate(let chain, let key):
            let bytes = try SecretFile.read(chain)
            let keyPEM = PrivateKeyPEM(try SecretFile.read(key))
            let (leaf, _) = try CertificateText.chain(bytes, of: chain)
            try CertificateText.check(leaf, isFor: keyPEM, at: now, owner: chain)
            return (.tlsCertificate(chainPEM: bytes, key: keyPEM), leaf.validUntil)
        case .roots(let name):
            let path = SystemRoots.file(for: name)
            let bytes = try SecretFile.read(path)
            _ = try CertificateText.certificates(bytes, of: path)
            return (.validation(rootsPEM: bytes, crlPEM: nil), nil)
        }
    }
}
