import Synchronization

/// Something computed from stored objects and kept until one of them changes.
final class Remembered<Value: Sendable>: Sendable {
    private struct State {
        var value: Value?
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    var current: Value? { state.withLock { $0.value } }

    /// To be read before the objects are.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// Keeps a value unless something changed since its generation was read.
    func set(_ value: Value, of generation: UInt64) {
        state.withLock { state in
            if state.generation == generation { state.value = value }
        }
    }

    func forget() {
        state.withLock { state in
            state.value = nil
            state.generation &+= 1
        }
    }
}
