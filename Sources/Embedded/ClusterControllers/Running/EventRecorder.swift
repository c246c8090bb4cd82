import KubernetesAPI

/// Something worth telling the user about an object.
struct EventNote: Sendable, Equatable {
    enum Severity: String, Sendable { case normal = "Normal", warning = "Warning" }

    var about: KubernetesObject
    var severity: Severity
    var reason: String
    var message: String

    init(_ about: KubernetesObject, _ severity: Severity = .normal, reason: String, _ message: String) {
        self.about = about
        self.severity = severity
        self.reason = reason
        self.message = message
    }
}

/// Writes v1 Events; the same thing said again counts up the event that is there (`count`, `lastTimestamp`).
///
/// A lost event is not an error: what went wrong is dropped.
actor EventRecorder {
    private struct Identity: Hashable {
        var uid: String
        var component: String
        var severity: EventNote.Severity
        var reason: String
        var message: String
    }

    private struct Written {
        var name: ObjectName
        var count: Int64
    }

    private let api: any KubernetesAPI
    private let clock: ControllerClock
    private var written: [Identity: Written] = [:]
    private var sequence: UInt64 = 0

    private static let remembered = 2048

    init(api: any KubernetesAPI, clock: ControllerClock) {
        self.api = api
        self.clock = clock
    }

    func record(_ note: EventNote, component: String) async {
        let identity = Identity(
            uid: note.about.uid,
            component: component,
            severity: note.severity,
            reason: note.reason,
            message: note.message
        )
        let now = clock.now()
        if let known = written[identity] {
            let count = known.count + 1
            written[identity]?.count = count
            let patch: JSONValue = ["count": .integer(count), "lastTimestamp": .string(now.description)]
            if (try? await api.patch(.events, known.name, .merge(patch), nil)) != nil { return }
        }
        if written.count >= Self.remembered { written.removeAll(keepingCapacity: true) }
        sequence &+= 1
        let event = event(note, component: component, now: now)
        if (try? await api.create(event, .events)) != nil {
            written[identity] = Written(name: event.objectName, count: 1)
        } else {
            written[identity] = nil
        }
    }

    private func event(_ note: EventNote, component: String, now: Timestamp) -> KubernetesObject {
        let namespace = note.about.namespace.isEmpty ? "default" : note.about.namespace
        let stamp = String(UInt64(bitPattern: now.seconds) &* 1_000_000 &+ sequence, radix: 16)
        let name = ObjectName(namespace: namespace, name: "\(note.about.name).\(stamp)")
        var event = KubernetesObject(.events, name)
        event["involvedObject"] = [
            "apiVersion": .string(note.about.apiVersion), "kind": .string(note.about.kind),
            "name": .string(note.about.name), "uid": .string(note.about.uid),
            "resourceVersion": .string(note.about.resourceVersion),
        ]
        if !note.about.namespace.isEmpty { event["involvedObject", "namespace"] = .string(note.about.namespace) }
        event["type"] = .string(note.severity.rawValue)
        event["reason"] = .string(note.reason)
        event["message"] = .string(note.message.count > 1024 ? String(note.message.prefix(1024)) : note.message)
        event["source"] = ["component": .string(component)]
        event["reportingComponent"] = .string(component)
        event["reportingInstance"] = ""
        event["firstTimestamp"] = .string(now.description)
        event["lastTimestamp"] = .string(now.description)
        event["count"] = 1
        return event
    }
}
