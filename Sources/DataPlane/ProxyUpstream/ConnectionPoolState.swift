/// Which connection serves whom: the decisions of one endpoint's pool, without sockets.
///
/// Idle connections are used last in, first out, so that surplus ones age and close. Waiters are served in order.
struct ConnectionPoolState<Connection: AnyObject, Waiter: AnyObject> {
    /// What becomes of a connection that is free.
    enum Placement {
        case serve(Waiter)
        case park
    }

    private(set) var idle: [Connection] = []
    private var waiters: [Waiter] = []
    /// Connections being opened.
    private(set) var connecting = 0
    /// Connections that are open, idle ones included.
    private(set) var open = 0

    var waiting: Int { waiters.count }
    var isEmpty: Bool { waiters.isEmpty && connecting == 0 && open == 0 }

    /// The idle connection used last, if there is one.
    @inline(__always)
    mutating func takeIdle() -> Connection? { idle.popLast() }

    /// Queues a request that found no idle connection; true if a connection is to be opened for it.
    mutating func enqueue(_ waiter: Waiter, mayConnect: Bool) -> Bool {
        waiters.append(waiter)
        // A pool without any connection may always have one, else its waiters would wait for ever (as Envoy does).
        guard mayConnect || (open == 0 && connecting == 0), connecting < waiters.count else { return false }
        connecting &+= 1
        return true
    }

    mutating func connected(_ connection: Connection) -> Placement {
        connecting &-= 1
        open &+= 1
        return place(connection)
    }

    /// A connect failed: everybody who waited for it fails with it, as in Envoy.
    mutating func connectFailed() -> [Waiter] {
        connecting &-= 1
        let failed = waiters
        waiters = []
        return failed
    }

    /// A connection finished an exchange and can serve another.
    mutating func released(_ connection: Connection) -> Placement { place(connection) }

    /// An open connection is gone; true if another must be opened for those who wait.
    mutating func closed(_ connection: Connection) -> Bool {
        open &-= 1
        if let index = idle.lastIndex(where: { $0 === connection }) { idle.remove(at: index) }
        guard waiters.count > connecting else { return false }
        connecting &+= 1
        return true
    }

    mutating func cancel(_ waiter: Waiter) {
        if let index = waiters.firstIndex(where: { $0 === waiter }) { waiters.remove(at: index) }
    }

    private mutating func place(_ connection: Connection) -> Placement {
        guard !waiters.isEmpty else {
            idle.append(connection)
            return .park
        }
        return .serve(waiters.removeFirst())
    }
}
