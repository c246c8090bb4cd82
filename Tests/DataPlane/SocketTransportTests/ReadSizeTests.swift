import Testing

@testable import SocketTransport

@Suite struct ReadSizeTests {
    @Test func fullReadsDoubleItUpToTheLargest() {
        var size = ReadSize()
        var seen: [Int] = []
        for _ in 0..<7 {
            seen.append(size.next)
            size.record(size.next)
        }
        #expect(seen == [2048, 4096, 8192, 16384, 32768, 65536, 65536])
    }

    @Test func twoSmallReadsHalveItDownToTheSmallest() {
        var size = ReadSize()
        for _ in 0..<2 { size.record(size.next) }
        #expect(size.next == 8192)
        size.record(100)
        #expect(size.next == 8192)
        size.record(5000)
        size.record(100)
        #expect(size.next == 8192)
        size.record(100)
        #expect(size.next == 4096)
        for _ in 0..<10 { size.record(1) }
        #expect(size.next == 2048)
    }
}
