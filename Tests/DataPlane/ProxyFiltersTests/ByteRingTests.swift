import CustomDump
import Testing

@testable import ProxyFilters

@Suite struct ByteRingTests {
    private func append(_ text: String, to ring: inout ByteRing, atMost most: Int? = nil) {
        let bytes = Array(text.utf8)
        ring.append(atMost: most ?? bytes.count) { target in
            target.copyBytes(from: bytes.prefix(target.count))
            return min(bytes.count, target.count)
        }
    }

    private func texts(_ ring: borrowing ByteRing) -> [String] {
        var found: [String] = []
        ring.forEach { found.append(String(decoding: $0, as: UTF8.self)) }
        return found
    }

    @Test func recordsComeBackInOrder() {
        var ring = ByteRing(capacity: 256)
        for text in ["a", "longer than eight", ""] { append(text, to: &ring) }
        expectNoDifference(texts(ring), ["a", "longer than eight"])
        #expect(ring.count == 2)
    }

    @Test func theOldestAreOverwritten() {
        var ring = ByteRing(capacity: 64)
        // Each takes 16 bytes: four fit.
        for number in 1...9 { append("r\(number)", to: &ring) }
        expectNoDifference(texts(ring), ["r6", "r7", "r8", "r9"])
        #expect(ring.total == 9)
        #expect(ring.capacity == 64)
    }

    @Test func aLongRecordTakesThePlaceOfSeveral() {
        var ring = ByteRing(capacity: 64)
        for number in 1...4 { append("r\(number)", to: &ring) }
        let long = String(repeating: "x", count: 30)
        append(long, to: &ring)
        expectNoDifference(texts(ring), ["r4", long])
    }

    @Test func whatDoesNotFitAtAllIsLeftOut() {
        var ring = ByteRing(capacity: 64)
        append("r", to: &ring)
        append(String(repeating: "x", count: 100), to: &ring)
        expectNoDifference(texts(ring), ["r"])
    }

    @Test func roomThatIsAskedForAndNotUsedIsTheNexts() {
        var ring = ByteRing(capacity: 64)
        for number in 1...4 { append("r\(number)", to: &ring, atMost: 40) }
        // The last one asked for 40 bytes and took two.
        #expect(texts(ring).suffix(2) == ["r3", "r4"])
    }

    /// Any sequence of lengths leaves an unbroken run of the newest records.
    @Test(arguments: 0..<20) func whateverTheLengths(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        var ring = ByteRing(capacity: 512)
        var all: [String] = []
        for number in 0..<400 {
            let length = Int.random(in: 1...120, using: &generator)
            let text = "\(number):" + String(repeating: "y", count: length)
            append(text, to: &ring, atMost: text.utf8.count + Int.random(in: 0...60, using: &generator))
            all.append(text)
            let kept = texts(ring)
            #expect(kept == Array(all.suffix(kept.count)))
            #expect(kept.count == ring.count)
            #expect(kept.map { $0.utf8.count + ByteRing.prefix }.reduce(0, +) <= 512)
        }
    }
}
