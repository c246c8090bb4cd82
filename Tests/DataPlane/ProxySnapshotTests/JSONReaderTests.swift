import Testing

@testable import ProxySnapshot

@Suite struct JSONReaderTests {
    private static func text(_ text: String) -> MetadataValue { .text(ContiguousArray(text.utf8)) }

    @Test(
        arguments: [
            ("1", .integer(1)), ("-0", .integer(0)), ("1.5", .number(1.5)), ("1e3", .number(1000)),
            (" true ", .boolean(true)),
            ("null", .null), ("\"\\u00e9\\n\\/\"", text("é\n/")), ("\"\\ud83d\\ude00\"", text("😀")), ("[]", .list([])),
            ("[1,[2]]", .list([.integer(1), .list([.integer(2)])])),
            ("{\"a\":{}}", .object([MetadataMember(name: ContiguousArray("a".utf8), value: .object([]))])),
            ("18446744073709551615", .number(1.8446744073709552e19)),
        ] as [(String, MetadataValue)]
    )
    func reads(json: String, value: MetadataValue) { #expect(JSONReader.read(json.utf8) == value) }

    /// What RFC 8259 forbids, and what no honest writer writes.
    @Test(arguments: [
        "", " ", "01", "1.", ".5", "+1", "1e", "-", "tru", "nul", "[1,]", "{\"a\":1,}", "{a:1}", "{'a':1}", "[1] x",
        "\"\\x\"",
        "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800\\u0041\"", "\"a", "\"a\u{1}\"", "{\"a\":1,\"a\":2}", "[", "{",
        "{\"a\"",
        "{\"a\":", "NaN", "Infinity", "1e999", "/**/1", "\u{FEFF}1", "\"\\", "\"\\u12", "{\"a\" 1}", "[1 2]",
    ])
    func refuses(json: String) { #expect(JSONReader.read(json.utf8) == nil) }

    @Test func refusesBytesThatAreNoText() { #expect(JSONReader.read([0x22, 0xFF, 0x22]) == nil) }

    @Test func nestingAndNumberAreBounded() {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(JSONReader.read(nested(32).utf8) != nil)
        #expect(JSONReader.read(nested(33).utf8) == nil)
        #expect(JSONReader.read(nested(100_000).utf8) == nil)
        let many = "[" + String(repeating: "1,", count: 20_000) + "1]"
        #expect(JSONReader.read(many.utf8) == nil)
    }

    @Test(
        arguments: [
            ("", []), ("QQ", [0x41]), ("QUI", [0x41, 0x42]), ("QUJD", [0x41, 0x42, 0x43]), ("-_8", [0xFB, 0xFF]),
            // Padded, of the other alphabet, with bits that nobody reads, of an impossible length.
            ("QQ==", nil), ("+/8", nil), ("QR", nil), ("QUJ", nil), ("Q", nil), ("Q Q", nil),
        ] as [(String, [UInt8]?)]
    )
    func base64(text: String, bytes: [UInt8]?) {
        let decoded = ContiguousArray(text.utf8).withUnsafeBytes { Base64URL.decode($0) }
        #expect(decoded.map { Array($0) } == bytes)
    }
}
