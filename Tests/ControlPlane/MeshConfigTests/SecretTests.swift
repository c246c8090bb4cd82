import MeshConfig
import Testing

@Suite struct SecretTests {
    private func secret(_ rest: String) -> DecodedFile {
        decoded("apiVersion: v1\nkind: Secret\nmetadata: {name: web, namespace: edge}\n\(rest)\n")
    }

    private func spec(_ file: DecodedFile) -> SecretSpec? {
        guard case .secret(let resource)? = file.objects.first else { return nil }
        return resource.spec
    }

    private func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }

    @Test func certificatesAreReadByEitherPairOfNames() throws {
        let file = secret(
            "type: kubernetes.io/tls\ndata: {tls.crt: Q0VSVA==, tls.key: S0VZ, ca.crt: Q0E=, other: '%%'}"
        )
        #expect(file.diagnostics == [])
        let tls = try #require(spec(file))
        #expect(tls.type == "kubernetes.io/tls")
        #expect(text(tls.certificate?.chain) == "CERT" && text(tls.certificate?.key) == "KEY")
        #expect(text(tls.authorities?.certificates) == "CA")
        let generic = try #require(spec(secret("stringData: {cert: C, key: K, cacert: A, crl: R}")))
        #expect(text(generic.certificate?.chain) == "C" && text(generic.authorities?.revocations) == "R")
        #expect(try #require(spec(secret("data: {tls.crt: Q0VSVA==}"))).certificate == nil)
        #expect(try #require(spec(secret("data: {tls.crt: '', tls.key: ''}"))).certificate == nil)
        #expect(try #require(spec(secret(""))).authorities == nil)
    }

    @Test(arguments: ["Q0VSVA=", "Q0VSV*==", "====", "QQ=Q", "Q"])
    func whatIsNoBase64IsRefusedWithoutBeingShown(value: String) {
        let found = secret("data: {tls.key: '\(value)'}").diagnostics
        #expect(
            found.map { "\($0.path): \($0.message)" } == [
                "data[\"tls.key\"]: is not base64; what is not encoded belongs under stringData"
            ]
        )
    }

    @Test func numbersAreRefusedWithoutBeingShown() {
        let found = secret("stringData: {tls.key: 12345}").diagnostics.map(\.description)
        #expect(found.count == 1 && found.allSatisfy { !$0.contains("12345") })
    }

    @Test(arguments: ["helm.sh/release.v1", "kubernetes.io/service-account-token", "istio.io/ca-root"])
    func secretsOfOthersAreNotLookedAt(type: String) throws {
        let file = secret("type: \(type)\ndata: {tls.crt: Q0VSVA==, tls.key: '%%%'}")
        #expect(file.diagnostics == [])
        #expect(try #require(spec(file)).certificate == nil)
    }

    @Test func descriptionsSaySizesOnly() throws {
        let found = try #require(spec(secret("stringData: {key: SECRETKEY, cert: C}")))
        #expect("\(found)" == "SecretSpec(cert: 1 bytes, key: 9 bytes)")
        #expect(String(reflecting: found) == "\(found)")
    }
}
