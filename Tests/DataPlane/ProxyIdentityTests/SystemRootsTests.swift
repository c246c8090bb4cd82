import Testing

@testable import ProxyIdentity

@Suite struct SystemRootsTests {
    @Test(arguments: [
        ("/a/b.pem", [], "/a/b.pem"),
        ("system", ["/etc/ssl/cert.pem"], "/etc/ssl/cert.pem"),
        ("system", ["/etc/ssl/cert.pem", "/etc/pki/tls/certs/ca-bundle.crt"], "/etc/pki/tls/certs/ca-bundle.crt"),
        ("system", [], "/etc/ssl/certs/ca-certificates.crt"),
    ])
    func systemIsTheFirstBundleThereIs(path: String, files: [String], file: String) {
        #expect(SystemRoots.file(for: path, exists: files.contains) == file)
    }

    @Test(.enabled(if: SystemRoots.places.contains { SecretFile.stamp($0) != nil }))
    func theMachinesOwnBundleIsRead() {
        let secrets = FileSecrets { Issue.record("\($0)") }
        guard case .validation(let roots, _)? = secrets.read("file-root:system") else {
            Issue.record("no roots")
            return
        }
        #expect(!roots.isEmpty)
    }
}
