import KubernetesAPI
import Synchronization

@testable import ClusterControllers

/// A clock that stands until a test moves it; waits below a second pass at once.
final class ManualTime: Sendable {
    private struct State {
        var now = Timestamp(seconds: 1_800_000_000)
        var sleepers: [Int: (due: Timestamp, wake: CheckedContinuation<Bool, Never>)] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    var now: Timestamp { state.withLock { $0.now } }

    var clock: ControllerClock {
        ControllerClock(now: { self.now }, sleep: { try await self.sleep($0) })
    }

    func advance(seconds: Int64) {
        let due = state.withLock { state in
            state.now = state.now.adding(seconds: seconds)
            let due = state.sleepers.filter { $0.value.due <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.map(\.wake)
        }
        for wake in due { wake.resume(returning: true) }
    }

    private func sleep(_ duration: Duration) async throws {
        guard duration >= .seconds(1) else {
            try Task.checkCancellation()
            return await Task.yield()
        }
        let id = state.withLock { state in
            state.next += 1
            return state.next
        }
        let woke = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if Task.isCancelled { return true }
                    let due = state.now.adding(seconds: duration.components.seconds)
                    state.sleepers[id] = (due, continuation)
                    return false
                }
                if isCancelled { continuation.resume(returning: false) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: id) }?.wake.resume(returning: false)
        }
        if !woke { throw CancellationError() }
    }
}
