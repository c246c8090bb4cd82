import NIOCore
import Testing

@testable import ProxyDownstream

@Suite struct HeldBodyTests {
    /// Stretches of these sizes, whose bytes count on.
    private func stretches(_ sizes: [Int]) -> [ByteBuffer] {
        var next: UInt8 = 0
        return sizes.map { size in
            ByteBuffer(
                bytes: (0..<size).map { _ in
                    next &+= 1
                    return next
                }
            )
        }
    }

    @Test(arguments: [
        [], [0], [1, 1, 1], [2048, 2049, 1], [1, 65536, 1, 1], [16384, 1], Array(repeating: 2048, count: 8) + [1],
    ])
    func whatWasHeldComesBackInOrder(sizes: [Int]) {
        var held = HeldBody()
        let all = stretches(sizes)
        for stretch in all { held.append(stretch) }
        let expected = all.flatMap { Array($0.readableBytesView) }
        #expect(held.bytes == expected.count)
        var seen: [UInt8] = []
        held.forEach { seen += Array($0.readableBytesView) }
        #expect(seen == expected)
        var popped: [UInt8] = []
        while let stretch = held.popFirst() { popped += Array(stretch.readableBytesView) }
        #expect(popped == expected)
        #expect(held.isEmpty && held.bytes == 0)
    }

    @Test func aMillionStretchesOfOneByteAreFewBuffers() {
        var held = HeldBody()
        let byte = ByteBuffer(bytes: [7])
        for _ in 0..<1 << 20 { held.append(byte) }
        #expect(held.count == 64)
        #expect(held.bytes == 1 << 20)
    }

    @Test func whatWasHandedOnDoesNotChangeWithWhatComesAfter() {
        var held = HeldBody()
        held.append(ByteBuffer(bytes: [1]))
        var handedOn: [ByteBuffer] = []
        held.forEach { handedOn.append($0) }
        held.append(ByteBuffer(bytes: [2]))
        #expect(handedOn == [ByteBuffer(bytes: [1])])
        #expect(held.popFirst() == ByteBuffer(bytes: [1, 2]))
    }

    @Test func aCopyIsNotGrownOnceALargeStretchFollows() {
        var held = HeldBody()
        for stretch in stretches([1, 4096, 1]) { held.append(stretch) }
        #expect(held.count == 3)
    }
}
