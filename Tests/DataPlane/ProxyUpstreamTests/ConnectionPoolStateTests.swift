import Testing

@testable import ProxyUpstream

@Suite struct ConnectionPoolStateTests {
    private final class Connection {}
    private final class Waiter {}
    private typealias State = ConnectionPoolState<Connection, Waiter>

    @Test func theConnectionUsedLastIsUsedNext() {
        var state = State()
        let (first, second) = (Connection(), Connection())
        for connection in [first, second] {
            _ = state.enqueue(Waiter(), mayConnect: true)
            _ = state.connected(connection)
        }
        for connection in [first, second] { _ = state.released(connection) }
        let outcome1 = state.takeIdle()
        #expect(outcome1 === second)
        let outcome2 = state.takeIdle()
        #expect(outcome2 === first)
        let outcome3 = state.takeIdle()
        #expect(outcome3 == nil)
    }

    @Test func waitersAreServedInOrder() {
        var state = State()
        let waiters = [Waiter(), Waiter()]
        let outcome4 = state.enqueue(waiters[0], mayConnect: true)
        #expect(outcome4)
        let outcome5 = state.enqueue(waiters[1], mayConnect: false)
        #expect(!outcome5)
        let connection = Connection()
        guard case .serve(let first) = state.connected(connection) else {
            Issue.record("parked")
            return
        }
        #expect(first === waiters[0])
        guard case .serve(let second) = state.released(connection) else {
            Issue.record("parked")
            return
        }
        #expect(second === waiters[1])
        guard case .park = state.released(connection) else {
            Issue.record("served")
            return
        }
    }

    @Test func anEmptyPoolMayAlwaysHaveOneConnection() {
        var state = State()
        let outcome6 = state.enqueue(Waiter(), mayConnect: false)
        #expect(outcome6)
        let outcome7 = state.enqueue(Waiter(), mayConnect: false)
        #expect(!outcome7)
        #expect(state.connecting == 1)
    }

    @Test func aFailedConnectFailsEverybodyWhoWaited() {
        var state = State()
        _ = state.enqueue(Waiter(), mayConnect: true)
        _ = state.enqueue(Waiter(), mayConnect: true)
        let outcome8 = state.connectFailed()
        #expect(outcome8.count == 2)
        #expect(state.connecting == 1)
        #expect(state.waiting == 0)
    }

    @Test func aLostConnectionIsReplacedOnlyForWaiters() {
        var state = State()
        _ = state.enqueue(Waiter(), mayConnect: true)
        let connection = Connection()
        _ = state.connected(connection)
        let replacesForNobody = state.closed(connection)
        #expect(!replacesForNobody)
        #expect(state.isEmpty)
    }

    @Test func aCancelledWaiterIsNotServed() {
        var state = State()
        let waiter = Waiter()
        _ = state.enqueue(waiter, mayConnect: true)
        state.cancel(waiter)
        guard case .park = state.connected(Connection()) else {
            Issue.record("served")
            return
        }
    }
}
