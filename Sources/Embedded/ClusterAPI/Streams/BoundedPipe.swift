import Synchronization

/// Hands values from one task to another and makes the first wait while too much lies in between.
///
/// One task sends, one receives. A cancelled receiver gets nil, a cancelled sender false.
final class BoundedPipe<Element: Sendable>: Sendable {
    private struct State {
        var waiting: [Element] = []
        var cost = 0
        var isFinished = false
        var isAbandoned = false
        var sender: CheckedContinuation<Void, Never>?
        var receiver: CheckedContinuation<Void, Never>?

        mutating func wakeAll() -> [CheckedContinuation<Void, Never>] {
            defer { (sender, receiver) = (nil, nil) }
            return [sender, receiver].compactMap { $0 }
        }
    }

    private enum Sending { case sent, full, over }
    private enum Receiving { case value(Element), empty, over }

    private let state = Mutex(State())
    private let limit: Int
    private let cost: @Sendable (Element) -> Int

    /// `send` waits while the costs of what lies in the pipe are `limit` or more.
    init(limit: Int, cost: @escaping @Sendable (Element) -> Int) {
        self.limit = limit
        self.cost = cost
    }

    /// False when the value will not be received: the pipe was finished or abandoned, or this task is cancelled.
    func send(_ element: Element) async -> Bool {
        let cost = cost(element)
        while true {
            let (outcome, receiver) = state.withLock { state -> (Sending, CheckedContinuation<Void, Never>?) in
                if state.isFinished || state.isAbandoned { return (.over, nil) }
                if state.cost >= limit { return (.full, nil) }
                state.waiting.append(element)
                state.cost += cost
                defer { state.receiver = nil }
                return (.sent, state.receiver)
            }
            receiver?.resume()
            switch outcome {
            case .sent: return true
            case .over: return false
            case .full:
                await wait(\.sender) { $0.cost < self.limit || $0.isFinished || $0.isAbandoned }
                if Task.isCancelled { return false }
            }
        }
    }

    /// The next value; nil after the last one.
    func next() async -> Element? {
        while true {
            let (outcome, sender) = state.withLock { state -> (Receiving, CheckedContinuation<Void, Never>?) in
                if state.isAbandoned { return (.over, nil) }
                guard !state.waiting.isEmpty else { return (state.isFinished ? .over : .empty, nil) }
                let element = state.waiting.removeFirst()
                state.cost -= cost(element)
                guard state.cost < limit else { return (.value(element), nil) }
                defer { state.sender = nil }
                return (.value(element), state.sender)
            }
            sender?.resume()
            switch outcome {
            case .value(let element): return element
            case .over: return nil
            case .empty:
                await wait(\.receiver) { !$0.waiting.isEmpty || $0.isFinished || $0.isAbandoned }
                if Task.isCancelled { return nil }
            }
        }
    }

    /// The sender has no more; what lies in the pipe is still received.
    func finish() {
        let continuations = state.withLock { state in
            state.isFinished = true
            return state.wakeAll()
        }
        for continuation in continuations { continuation.resume() }
    }

    /// Nobody receives any more; what lies in the pipe is dropped.
    func abandon() {
        let continuations = state.withLock { state in
            state.isAbandoned = true
            state.waiting = []
            state.cost = 0
            return state.wakeAll()
        }
        for continuation in continuations { continuation.resume() }
    }

    /// Returns when `isReady`, when woken, or when the task is cancelled.
    private func wait(
        _ slot: any WritableKeyPath<State, CheckedContinuation<Void, Never>?> & Sendable,
        until isReady: @Sendable (State) -> Bool
    ) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let displaced = state.withLock { state -> CheckedContinuation<Void, Never>? in
                    if isReady(state) || Task.isCancelled { return continuation }
                    defer { state[keyPath: slot] = continuation }
                    return state[keyPath: slot]
                }
                displaced?.resume()
            }
        } onCancel: {
            let continuation = state.withLock { state in
                defer { state[keyPath: slot] = nil }
                return state[keyPath: slot]
            }
            continuation?.resume()
        }
    }
}

extension BoundedPipe where Element == [UInt8] {
    /// Room for bytes: `limit` of them, and one more piece.
    convenience init(bytes limit: Int) { self.init(limit: limit) { max($0.count, 1) } }
}
