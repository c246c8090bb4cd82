import FoundationEssentials

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Files of one directory that only their owner may read; each is replaced whole or not at all.
struct PrivateFiles {
    private let directory: String

    init(directory: String) throws {
        self.directory = directory
        try FileManager.default.createDirectory(
            atPath: directory,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
    }

    func text(_ name: String) -> String? {
        FileManager.default.contents(atPath: "\(directory)/\(name)").map { String(decoding: $0, as: UTF8.self) }
    }

    func pair(_ name: String) -> KeyPair? {
        guard let certificate = text("\(name).crt"), let key = text("\(name).key") else { return nil }
        return KeyPair(certificate: certificate, key: key)
    }

    func store(_ pair: KeyPair, _ name: String) throws {
        try store(pair.key, "\(name).key")
        try store(pair.certificate, "\(name).crt")
    }

    /// Written beside and renamed, so that no reader sees half a file and none but the owner sees any of it.
    func store(_ text: String, _ name: String) throws {
        let path = "\(directory)/\(name)"
        let beside = "\(path).\(Identifiers.suffix())"
        guard
            FileManager.default.createFile(
                atPath: beside,
                contents: Data(text.utf8),
                attributes: [.posixPermissions: 0o600]
            )
        else { throw CocoaError(.fileWriteUnknown, userInfo: ["path": path]) }
        guard rename(beside, path) == 0 else { throw CocoaError(.fileWriteUnknown, userInfo: ["path": path]) }
    }
}
