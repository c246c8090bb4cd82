internal import Foundation
internal import KubernetesAPI
internal import Logging
internal import SwiftASN1

/// Keeps the authority's certificate in a webhook configuration, whoever takes it out.
///
/// Every control plane has an authority of its own, and an API server calls any of them: those of the others stay, or
/// two of them, as there are in a rollout, would take turns at taking out each other's.
struct WebhookRepair: Sendable {
    /// The newest come first, and so many are kept: of those that have ended nobody takes them out.
    static let mostAuthorities = 8

    let api: any KubernetesAPI
    let type: ResourceType
    let name: String
    /// PEM.
    let authority: String
    /// Written as each webhook's `failurePolicy`; nil to leave that alone.
    var failurePolicy: String?
    let logger: Logger
    var clock: any Clock<Duration> = ContinuousClock()

    /// Follows the configuration for ever.
    func run() async {
        let options = ListOptions(
            fields: FieldSelector(requirements: [.init(path: ["metadata", "name"], value: name)])
        )
        let reflector = Reflector(
            api: api,
            type: type,
            options: options,
            failed: { [logger, type, name] in logger.warning("\(type.kind) \(name): \($0)") }
        )
        for await event in reflector.events() {
            switch event {
            case .synced(let objects):
                if let object = objects.first {
                    await repair(object)
                } else {
                    logger.notice("there is no \(type.kind) \(name): nothing calls this webhook")
                }
            case .applied(let object): await repair(object)
            case .deleted: logger.warning("\(type.kind) \(name) was deleted: nothing calls this webhook")
            }
        }
    }

    /// Patches until the configuration is as it should be or gone.
    private func repair(_ object: KubernetesObject) async {
        var object = object
        var failures = 0
        while !Task.isCancelled {
            let wanted = repaired(object)
            if wanted == object { return }
            do {
                // Another writer between is seen by the version; then there is a newer object to look at.
                var steps = JSONPatch.diff(from: object.json, to: wanted.json).json.array ?? []
                steps.insert(
                    ["op": "test", "path": "/metadata/resourceVersion", "value": .string(object.resourceVersion)],
                    at: 0
                )
                _ = try await api.patch(type, object.objectName, .json(.array(steps)), nil)
                logger.info("\(type.kind) \(name): caBundle written")
                return
            } catch  where error.reason == .notFound {
                return
            } catch {
                failures += 1
                logger.warning("\(type.kind) \(name) cannot be patched: \(error)")
                try? await clock.sleep(for: Reflector.delay(failures: failures, jitter: 0.5))
                guard let newer = try? await api.get(type, object.objectName) else { continue }
                object = newer
            }
        }
    }

    /// The configuration as it should be.
    func repaired(_ object: KubernetesObject) -> KubernetesObject {
        var object = object
        guard let webhooks = object["webhooks"]?.array else { return object }
        object["webhooks"] = .array(
            webhooks.map { webhook in
                var webhook = webhook
                let bundle = bundle(besides: webhook[path: ["clientConfig", "caBundle"]]?.string ?? "")
                webhook[path: ["clientConfig", "caBundle"]] = .string(Data(bundle.utf8).base64EncodedString())
                if let failurePolicy { webhook["failurePolicy"] = .string(failurePolicy) }
                return webhook
            }
        )
        return object
    }

    /// The own authority and, of a bundle in base64, those that other control planes made and that have not expired.
    private func bundle(besides encoded: String) -> String {
        let present = Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let documents = (try? PEMDocument.parseMultiple(pemString: present)) ?? []
        let others = documents.filter(WebhookCertificates.isAuthority).map(\.pemString)
        if others.contains(authority), others.count <= Self.mostAuthorities, others.count == documents.count {
            return present
        }
        let kept = [authority] + others.filter { $0 != authority }.prefix(Self.mostAuthorities - 1)
        return kept.joined(separator: "\n")
    }
}
