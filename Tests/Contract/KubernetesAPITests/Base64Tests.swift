import KubernetesAPI
import Testing

@Suite struct Base64Tests {
    @Test(arguments: [
        ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"),
        ("foob", "Zm9vYg==", "Zm9vYg"),
        ("~~?>", "fn4/Pg==", "fn4_Pg"),
    ])
    func isReadAndWrittenInBothAlphabets(_ text: String, _ standard: String, _ url: String) {
        #expect(Base64.encode(text.utf8) == standard)
        #expect(Base64.encodeURL(text.utf8) == url)
        #expect(Base64.decode(standard) == Array(text.utf8))
        #expect(Base64.decode(url) == Array(text.utf8))
    }

    @Test(arguments: ["Z", "Zg=x", "Zm9v*", "Zm9vY", "ü"])
    func whatIsNoneIsRefused(_ text: String) { #expect(Base64.decode(text) == nil) }

    @Test func linesAreJoined() { #expect(Base64.decode("Zm\n9v\r\n Zg==") == Array("foof".utf8)) }
}
