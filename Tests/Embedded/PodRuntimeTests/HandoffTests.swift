import Testing

@testable import PodRuntime

@Suite struct HandoffTests {
    private struct Broken: Error {}

    @Test func everythingArrivesInOrderThroughANarrowPlace() async throws {
        let handoff = Handoff(limit: 1)
        let giving = Task {
            for number in 0..<200 { try await handoff.give([UInt8(number)]) }
            await handoff.end()
        }
        var taken: [UInt8] = []
        while let bytes = try await handoff.take() { taken += bytes }
        try await giving.value
        #expect(taken == Array(0..<200))
    }

    @Test func whoGivesToNobodyIsToldSo() async throws {
        let handoff = Handoff(limit: 1)
        try await handoff.give([1])
        let waiting = Task { try await handoff.give([2]) }
        await handoff.end(Broken())
        await #expect(throws: Broken.self) { try await waiting.value }
        await #expect(throws: Broken.self) { try await handoff.take() }
    }

    @Test func whatWasGivenBeforeTheEndIsStillTaken() async throws {
        let handoff = Handoff()
        try await handoff.give([1])
        await handoff.end()
        #expect(try await handoff.take() == [1])
        #expect(try await handoff.take() == nil)
    }
}
