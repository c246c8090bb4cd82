import KubernetesAPI
import Logging

/// Writes a pod's status to the API, the newest one only, and only when it differs from what is there.
actor StatusPublisher {
    private let context: NodeContext
    private let name: ObjectName
    private let uid: String
    private var known: JSONValue?
    private var wanted: PodStatusDocument?
    private var newest = 0
    private var isWriting = false
    private var waiters: [CheckedContinuation<Void, Never>] = []

    init(pod: KubernetesObject, context: NodeContext) {
        self.context = context
        name = pod.objectName
        uid = pod.uid
        known = pod["status"]
    }

    /// The API holds this now.
    func saw(_ pod: KubernetesObject) { if !isWriting { known = pod["status"] } }

    func publish(_ document: PodStatusDocument) async {
        guard document.version > newest else { return }
        newest = document.version
        wanted = document
        guard !isWriting else { return }
        isWriting = true
        var delay = 0.1
        while var document = wanted {
            wanted = nil
            document.previous = known
            let status = document.json
            if known.map({ Self.covers($0, status) }) == true { continue }
            do throws(StatusError) {
                let patch: JSONValue = ["metadata": ["uid": .string(uid)], "status": Self.patch(status, over: known)]
                known = try await context.api.patch(.pods, name, .merge(patch), .status)["status"]
                delay = 0.1
            } catch {
                // Gone, or another pod of this name: nobody is left to tell.
                if error.reason == .notFound || error.reason == .conflict || error.reason == .invalid { continue }
                context.logger.debug("status not written", metadata: ["pod": "\(name)", "error": "\(error)"])
                if wanted == nil { wanted = document }
                try? await Task.sleep(for: .seconds(delay))
                delay = min(delay * 2, 5)
                if Task.isCancelled { break }
            }
        }
        isWriting = false
        for waiter in waiters { waiter.resume() }
        waiters = []
    }

    /// Returns when what was published is written.
    func finish() async {
        if isWriting { await withCheckedContinuation { waiters.append($0) } }
    }

    /// Members that were there and are no longer are removed.
    private static func patch(_ status: JSONValue, over known: JSONValue?) -> JSONValue {
        var patch = status
        for member in ["podIP", "podIPs", "reason", "message"] where status[member] == nil && known?[member] != nil {
            patch[member] = JSONValue.null
        }
        return patch
    }

    /// The same but for what others put there.
    static func covers(_ known: JSONValue, _ status: JSONValue) -> Bool {
        (status.object ?? [:]).allSatisfy { known[$0.key] == $0.value }
            && ["reason", "message"].allSatisfy { status[$0] != nil || known[$0] == nil }
    }
}
