import KubernetesAPI
import Synchronization
import Testing

@testable import ClusterAPI

@Suite struct WebhookTests {
    /// Answers every review alike.
    final class Script: WebhookTransport {
        let answer: @Sendable (JSONValue) throws -> JSONValue
        let calls = Mutex<[WebhookCall]>([])

        init(_ answer: @escaping @Sendable (JSONValue) throws -> JSONValue) { self.answer = answer }

        func post(_ call: WebhookCall) async throws -> [UInt8] {
            calls.withLock { $0.append(call) }
            let review = try JSONValue(json: call.body)
            var response = try answer(review["request"] ?? [:])
            response["uid"] = review[path: ["request", "uid"]]
            return (["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response] as JSONValue)
                .jsonBytes
        }
    }

    private static func configuration(_ type: ResourceType, policy: String = "Fail") -> KubernetesObject {
        var object = KubernetesObject(type, ObjectName(name: "w"))
        object["webhooks"] = [
            [
                "name": "w.example.com", "clientConfig": ["url": "https://hook.example.com/x"],
                "rules": [
                    ["operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]]
                ],
                "failurePolicy": .string(policy), "sideEffects": "None", "admissionReviewVersions": ["v1"],
                "namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": "default"]],
            ]
        ]
        return object
    }

    private static var object: KubernetesObject { KubernetesObject(.configMaps, ObjectName(namespace: "default", name: "x")) }

    @Test func aPatchOfAMutatingWebhookIsStored() async throws {
        let script = Script { _ in
            let patch: JSONValue = [["op": "add", "path": "/data", "value": ["hello": "world"]]]
            return ["allowed": true, "patchType": "JSONPatch", "patch": .string(Base64.encode(patch.jsonBytes))]
        }
        let api = try await TestServer(webhooks: script).api
        _ = try await api.create(Self.configuration(.mutatingWebhookConfigurations), .mutatingWebhookConfigurations)
        let stored = try await api.create(Self.object, .configMaps)
        #expect(stored["data", "hello"] == "world")
        var elsewhere = Self.object
        elsewhere.namespace = "kube-system"
        #expect(try await api.create(elsewhere, .configMaps)["data"] == nil)
        #expect(script.calls.withLock { $0.map(\.url) } == ["https://hook.example.com/x"])
    }

    @Test func aRefusalOfAValidatingWebhookIsTheAnswer() async throws {
        let script = Script { _ in ["allowed": false, "status": ["message": "not today", "code": 403]] }
        let api = try await TestServer(webhooks: script).api
        _ = try await api.create(Self.configuration(.validatingWebhookConfigurations), .validatingWebhookConfigurations)
        await #expect { try await api.create(Self.object, .configMaps) } throws: { error in
            (error as? StatusError)?.message == "admission webhook \"w.example.com\" denied the request: not today"
        }
    }

    @Test(arguments: [("Fail", false), ("Ignore", true)])
    func aWebhookThatCannotBeReachedFollowsItsPolicy(_ policy: String, _ isStored: Bool) async throws {
        let api = try await TestServer().api
        _ = try await api.create(
            Self.configuration(.mutatingWebhookConfigurations, policy: policy), .mutatingWebhookConfigurations)
        let stored = try? await api.create(Self.object, .configMaps)
        #expect((stored != nil) == isStored)
    }
}
