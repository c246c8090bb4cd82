internal import CertificateAuthority
internal import Foundation
internal import Logging

/// The authority of a folder with Istio's file names, for control planes without a Kubernetes API; without a folder
/// one that lives in memory.
struct FolderAuthority: Sendable {
    /// Nil keeps a self-signed authority in memory: it is another one after a restart.
    let folder: String?
    let trustDomain: String
    let kind: AuthorityKeyKind
    let logger: Logger
    var now: @Sendable () -> Date = { Date() }
    var clock: any Clock<Duration> = ContinuousClock()

    private static let pause: Duration = .seconds(1)
    /// More than any chain needs.
    private static let fileLimit = 1 << 20

    /// Reads the folder, or makes a self-signed root there when it holds none; throws when what it holds is wrong.
    func first() throws -> SigningAuthority {
        guard let folder else {
            let files = try SigningAuthority.selfSigned(
                trustDomain: trustDomain,
                kind: kind,
                source: "memory",
                now: now()
            )
            return try SigningAuthority(files, now: now())
        }
        let texts = read(folder)
        if texts["ca-cert.pem"] == nil, texts["ca-key.pem"] == nil {
            let files = try SigningAuthority.selfSigned(
                trustDomain: trustDomain,
                kind: kind,
                source: folder,
                now: now()
            )
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try write(files.key, "\(folder)/ca-key.pem", permissions: 0o600)
            try write(files.certificate, "\(folder)/root-cert.pem", permissions: 0o644)
            try write(files.certificate, "\(folder)/ca-cert.pem", permissions: 0o644)
            logger.notice("made a self-signed root in \(folder)")
            return try SigningAuthority(files, now: now())
        }
        return try SigningAuthority(try AuthorityFiles(texts, source: folder), now: now())
    }

    /// Looks at the folder for ever; files that are wrong, or half written, leave the authority of before.
    func follow(into trust: MeshTrust) async {
        guard let folder else { return }
        var before = read(folder)
        var told = ""
        while (try? await clock.sleep(for: Self.pause)) != nil {
            let texts = read(folder)
            guard texts != before else { continue }
            do throws(AuthorityError) {
                let authority = try SigningAuthority(try AuthorityFiles(texts, source: folder), now: now())
                before = texts
                if !authority.isEqual(to: trust.state.authority) { trust.replace(authority) }
            } catch {
                // One file of several may be written already; the next look sees them all.
                if "\(error)" != told { logger.error("\(error); the certificate authority of before goes on signing") }
                told = "\(error)"
            }
        }
    }

    private func read(_ folder: String) -> [String: String] {
        var texts: [String: String] = [:]
        for name in AuthorityFiles.names + ["tls.crt", "tls.key", "ca.crt"] {
            guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)"), data.count <= Self.fileLimit
            else { continue }
            texts[name] = String(decoding: data, as: UTF8.self)
        }
        return texts
    }

    /// Written beside and renamed: nobody sees half of it, or a key with other permissions.
    private func write(_ text: String, _ path: String, permissions: Int) throws {
        let beside = path + ".new"
        try? FileManager.default.removeItem(atPath: beside)
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: permissions]
        guard FileManager.default.createFile(atPath: beside, contents: Data(text.utf8), attributes: attributes) else {
            throw AuthorityError.notMade(reason: "\(path) cannot be written")
        }
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.moveItem(atPath: beside, toPath: path)
    }
}
