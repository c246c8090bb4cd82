import KubernetesAPI
import Logging

/// Writes `Event` objects about pods; an event told again within its lifetime counts up instead of being new.
actor EventRecorder {
    private struct Key: Hashable {
        var object: String
        var field: String
        var reason: String
        var message: String
    }

    private struct Told {
        var name: ObjectName
        var count: Int64
        var last: Timestamp
    }

    private let api: any KubernetesAPI
    private let nodeName: String
    private let logger: Logger
    private var told: [Key: Told] = [:]
    private var serial = UInt64(Timestamp.now().seconds) << 20

    init(api: any KubernetesAPI, nodeName: String, logger: Logger) {
        self.api = api
        self.nodeName = nodeName
        self.logger = logger
    }

    /// A failure to write is logged: events are remarks, nothing depends on them.
    func record(
        _ object: KubernetesObject,
        isWarning: Bool,
        reason: String,
        message: String,
        container: String? = nil,
        isInit: Bool = false
    ) async {
        let field = container.map { "spec.\(isInit ? "initContainers" : "containers"){\($0)}" } ?? ""
        let key = Key(object: object.uid, field: field, reason: reason, message: message)
        let now = Timestamp.now()
        if told.count > 4096 { told = told.filter { now.seconds - $0.value.last.seconds < 600 } }
        if told.count > 4096 { told.removeAll() }
        if var former = told[key], now.seconds - former.last.seconds < 3600 {
            former.count += 1
            former.last = now
            told[key] = former
            let patch: JSONValue = ["count": .integer(former.count), "lastTimestamp": now.json]
            do throws(StatusError) {
                _ = try await api.patch(.events, former.name, .merge(patch), nil)
                return
            } catch  where error.reason == .notFound {
                told[key] = nil
            } catch {
                logger.debug("event not counted", metadata: ["error": "\(error)"])
                return
            }
        }
        serial += 1
        let namespace = object.namespace.isEmpty ? "default" : object.namespace
        let name = ObjectName(namespace: namespace, name: "\(object.name).\(String(serial, radix: 16))")
        var event = KubernetesObject(.events, name)
        var regarding: JSONValue = [
            "apiVersion": .string(object.apiVersion.isEmpty ? "v1" : object.apiVersion),
            "kind": .string(object.kind.isEmpty ? "Pod" : object.kind), "name": .string(object.name),
            "namespace": .string(object.namespace), "uid": .string(object.uid),
        ]
        if !field.isEmpty { regarding["fieldPath"] = .string(field) }
        event["involvedObject"] = regarding
        event["reason"] = .string(reason)
        event["message"] = .string(message)
        event["type"] = .string(isWarning ? "Warning" : "Normal")
        event["source"] = ["component": "kubelet", "host": .string(nodeName)]
        event["reportingComponent"] = "kubelet"
        event["reportingInstance"] = .string(nodeName)
        event["firstTimestamp"] = now.json
        event["lastTimestamp"] = now.json
        event["count"] = 1
        told[key] = Told(name: name, count: 1, last: now)
        do throws(StatusError) {
            _ = try await api.create(event, .events)
        } catch {
            logger.debug("event not written", metadata: ["reason": "\(reason)", "error": "\(error)"])
        }
    }
}
