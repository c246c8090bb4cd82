import ProxySnapshot
import Testing

@Suite struct XXHash64Tests {
    /// Values of the reference implementation (xxhash 0.8), one for each way that the bytes are taken.
    @Test(
        arguments: [
            ("", 0, 0xef46_db37_51d8_e999),
            ("a", 0, 0xd24e_c4f1_a98c_6e5b),
            ("abc", 0, 0x44bc_2cf5_ad77_0999),
            ("Nobody inspects the spammish repetition", 0, 0xfbce_a83c_8a37_8bf1),
            ("xxhash", 20_141_025, 0xb559_b98d_844e_0635),
        ] as [(String, UInt64, UInt64)]
    )
    func agreesWithTheReference(text: String, seed: UInt64, expected: UInt64) {
        #expect(XXHash64.hash(ContiguousArray(text.utf8), seed: seed) == expected)
    }

    @Test func readsBytesThatAreNotAligned() {
        let text = ContiguousArray("xNobody inspects the spammish repetition".utf8)
        let hash = text.withUnsafeBytes { XXHash64.hash(UnsafeRawBufferPointer(rebasing: $0.dropFirst())) }
        #expect(hash == 0xfbce_a83c_8a37_8bf1)
    }
}
