import KubernetesAPI
import NIOCore
import NIOPosix
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
            return
                (["kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "response": response] as JSONValue)
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

    private static var object: KubernetesObject {
        KubernetesObject(.configMaps, ObjectName(namespace: "default", name: "x"))
    }

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
            Self.configuration(.mutatingWebhookConfigurations, policy: policy),
            .mutatingWebhookConfigurations
        )
        let stored = try? await api.create(Self.object, .configMaps)
        #expect((stored != nil) == isStored)
    }
}

@Suite struct HTTPSWebhooksTests {
    /// The API server's own HTTPS stands for a webhook: it refuses the anonymous POST, and that is an answer.
    @Test func theConnectionGoesToAnEndpointAndTheAuthorityIsVerified() async throws {
        let server = try await TestServer()
        try await server.serving { url in
            let port = try #require(url.split(separator: ":").last.flatMap { Int($0) })
            var call = WebhookCall(
                url: "https://kubernetes.default.svc:443/mutate",
                endpoints: [.init(address: "10.244.0.9", port: 15017)],
                authority: server.server.credentials.authority,
                body: Array("{}".utf8),
                timeout: .seconds(30)
            )
            let transport = HTTPSWebhooks { endpoint in
                #expect(endpoint == .init(address: "10.244.0.9", port: 15017))
                return .init(address: "127.0.0.1", port: port)
            }
            await #expect(throws: WebhookFailure(reason: "status 401")) { try await transport.post(call) }
            call.authority = try CertificateAuthority.make(now: .now()).certificate
            await #expect {
                try await transport.post(call)
            } throws: {
                !($0 is WebhookFailure)
            }
        }
    }

    @Test func whoDoesNotAnswerInTimeIsNamedWithTheTime() async throws {
        let silent = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).get()
        let call = WebhookCall(
            url: "https://127.0.0.1:\(try #require(silent.localAddress?.port))/mutate",
            endpoints: [],
            authority: "",
            body: Array("{}".utf8),
            timeout: .seconds(1)
        )
        await #expect(throws: WebhookFailure(reason: "no answer within 1 s (timeoutSeconds)")) {
            try await HTTPSWebhooks().post(call)
        }
        try await silent.close()
    }
}
