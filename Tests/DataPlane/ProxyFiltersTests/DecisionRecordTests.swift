import CustomDump
import MeshTelemetry
import ProxySnapshot
import Testing

@testable import ProxyFilters

@Suite struct DecisionRecordTests {
    /// Whatever stands in the memory, a look at it gives something and never traps.
    @Test(arguments: 0..<50) func anyBytesCanBeRead(seed: Int) {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<Int.random(in: 0...600, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let record = DecisionRecord(bytes)
        #expect(record.attempts.count <= AttemptLog.capacity + 1)
        #expect(record.mirrors.count <= AttemptLog.mirrorCapacity)
        _ = (record.flags, record.overflow, record.retryStop)
    }

    @Test func textsAreCutWhereTheRoomEnds() {
        var bytes = [UInt8](repeating: 0, count: 12)
        let used = bytes.withUnsafeMutableBytes { target in
            var writer = RecordWriter(target)
            writer.write(UInt32(7))
            writer.write("0123456789")
            writer.write("gone")
            return writer.count
        }
        var reader = RecordReader(Array(bytes.prefix(used)))
        #expect(reader.read(UInt32(0)) == 7)
        #expect(reader.readText() == "012345")
        #expect(reader.readText().isEmpty)
        #expect(reader.read(UInt64(3)) == 3)
    }

    @Test func attemptsBeyondTheRoomAreCountedAlone() {
        var log = AttemptLog()
        log.begin(after: nil, at: 1)
        #expect(log.count == 0)
        log.ended(.remoteConnectionFailure, at: 5)
        #expect(log.ending == .remoteConnectionFailure)
        #expect(log.endedAt == 5)
        log.begin(after: nil, at: 2)
        #expect(log.startedAt == 2)
        #expect(log.ending == .underWay)
        for index in 0..<6 { log.mirrored(to: .init(rawValue: UInt32(index))) }
        #expect(log.mirrorCount == 6)
        #expect(log.mirror(3)?.rawValue == 3)
        #expect(log.mirror(4) == nil)
        log.reset()
        #expect(log.mirrorCount == 0)
        #expect(log.startedAt == 0)
    }
}
