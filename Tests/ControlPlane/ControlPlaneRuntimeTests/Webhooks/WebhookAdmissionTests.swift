import CustomDump
import Foundation
import KubernetesAPI
import Logging
import SidecarInjection
import Testing

@testable import ControlPlaneRuntime

@Suite struct WebhookAdmissionTests {
    static let pod: JSONValue = [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["generateName": "web-", "labels": ["app": "web"]],
        "spec": ["containers": [["name": "app", "image": "x"]]],
    ]

    static func body(_ object: JSONValue, operation: String = "CREATE") -> [UInt8] {
        let review: JSONValue = [
            "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": ["uid": "u1", "namespace": "books", "operation": .string(operation), "object": object],
        ]
        return review.jsonBytes
    }

    @Test func aPodIsAnsweredWithAPatchInBase64() throws {
        let request = try #require(AdmissionRequest(Self.body(Self.pod)))
        let answer = WebhookAdmission.inject(
            request,
            path: "/inject/cluster/c1/net/a--slash--b",
            injector: SidecarInjector()
        )
        let review = request.review(answer)
        #expect(review[path: ["response", "uid"]] == "u1")
        #expect(review[path: ["response", "allowed"]] == true)
        let text = try #require(review[path: ["response", "patch"]]?.string)
        let patch = try JSONPatch(JSONValue(json: try #require(Data(base64Encoded: text))))
        let pod = try patch.apply(to: Self.pod)
        let containers = pod[path: ["spec", "containers"]]?.array ?? []
        #expect(containers.compactMap { $0["name"]?.string } == ["app", "istio-proxy"])
        let environment = containers.last?["env"]?.array ?? []
        func value(_ name: String) -> JSONValue? { environment.first { $0["name"]?.string == name }?["value"] }
        #expect(value("ISTIO_META_CLUSTER_ID") == "c1")
        #expect(value("ISTIO_META_NETWORK") == "a/b")
        #expect(value("ISTIO_META_WORKLOAD_NAME") == "web")
    }

    @Test func aPodThatAsksForTheImpossibleIsRefused() throws {
        var pod = Self.pod
        pod[path: ["metadata", "annotations"]] = ["sidecar.istio.io/interceptionMode": "MAGIC"]
        let request = try #require(AdmissionRequest(Self.body(pod)))
        let review = request.review(WebhookAdmission.inject(request, path: "/inject", injector: SidecarInjector()))
        #expect(review[path: ["response", "allowed"]] == false)
        #expect(review[path: ["response", "status", "message"]]?.string?.contains("interceptionMode") == true)
    }

    private func validate(_ yaml: String) throws -> AdmissionAnswer {
        let object = try #require(KubernetesManifest.parse(yaml).first)
        return WebhookAdmission.validate(try #require(AdmissionRequest(Self.body(object))))
    }

    @Test func objectsOfTheMeshAreReadAsTheControlPlaneReadsThem() throws {
        let good = """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: reviews, namespace: books}
            spec: {hosts: [reviews], http: [{route: [{destination: {host: reviews}}]}]}
            """
        #expect(try validate(good) == AdmissionAnswer())
        let refusal = try validate(good.replacing("host: reviews", with: "hots: reviews")).refusal
        #expect(refusal?.contains("spec.http[0].route[0].destination") == true)
        let peer = """
            apiVersion: security.istio.io/v1
            kind: PeerAuthentication
            metadata: {name: default, namespace: books}
            spec: {mtls: {mode: STRICT}}
            """
        #expect(try validate(peer) == AdmissionAnswer())
        let refused = try validate(peer.replacing("STRICT", with: "STRIKT")).refusal
        #expect(refused?.contains("spec.mtls.mode") == true)
    }

    @Test func whatIsNoReviewIsNotRead() {
        #expect(AdmissionRequest(Array("{}".utf8)) == nil)
        #expect(AdmissionRequest(Array("[".utf8)) == nil)
    }

    @Test func settingsFollowTheConfigMapsAndKeepTheLastGoodOnes() throws {
        let source = InjectorSource(
            revision: "default",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        func map(_ key: String, _ text: String) -> KubernetesObject {
            var object = KubernetesObject(.configMaps, ObjectName(namespace: "istio-system", name: "x"))
            object["data"] = [key: .string(text)]
            return object
        }
        source.apply(map("values", "global: {hub: example.com, network: n1}"), named: "istio-sidecar-injector")
        #expect(source.injector.settings.network == "n1")
        source.apply(map("mesh", "trustDomain: td"), named: "istio")
        #expect(source.injector.settings.trustDomain == "td")
        source.apply(map("values", "global: {proxy: {privileged: maybe}}"), named: "istio-sidecar-injector")
        #expect(source.injector.settings.network == "n1")
        source.apply(nil, named: "istio-sidecar-injector")
        #expect(source.injector.settings.network.isEmpty)
        #expect(source.injector.settings.trustDomain == "td")
    }

    @Test func aConfigurationGetsItsCertificateBack() throws {
        let certificates = try WebhookCertificates(
            names: WebhookCertificates.names(revision: "default", namespace: "istio-system")
        )
        let repair = WebhookRepair(
            api: RecordingAPI(objects: []),
            type: .validatingWebhookConfigurations,
            name: "x",
            authority: certificates.authority,
            failurePolicy: "Fail",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        let repaired = repair.repaired(WebhookManifests.validating())
        for webhook in repaired["webhooks"]?.array ?? [] {
            #expect(webhook["failurePolicy"] == "Fail")
            let bundle = webhook[path: ["clientConfig", "caBundle"]]?.string.flatMap { Data(base64Encoded: $0) }
            #expect(bundle.map { String(decoding: $0, as: UTF8.self) } == certificates.authority)
        }
        #expect(repair.repaired(repaired) == repaired)
    }

    @Test func controlPlanesLeaveEachOthersCertificatesAlone() throws {
        func repair() throws -> WebhookRepair {
            let certificates = try WebhookCertificates(
                names: WebhookCertificates.names(revision: "default", namespace: "istio-system")
            )
            return WebhookRepair(
                api: RecordingAPI(objects: []),
                type: .validatingWebhookConfigurations,
                name: "x",
                authority: certificates.authority,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
        func bundle(_ object: KubernetesObject) throws -> String {
            let text = object["webhooks"]?.array?.first?[path: ["clientConfig", "caBundle"]]?.string
            return String(decoding: try #require(text.flatMap { Data(base64Encoded: $0) }), as: UTF8.self)
        }
        let (first, second) = (try repair(), try repair())
        let both = second.repaired(first.repaired(WebhookManifests.validating()))
        #expect(try bundle(both) == second.authority + "\n" + first.authority)
        #expect(first.repaired(both) == both && second.repaired(both) == both)

        var object = both
        for _ in 0..<20 { object = try repair().repaired(object) }
        #expect(
            try bundle(object).components(separatedBy: "BEGIN CERTIFICATE").count - 1 == WebhookRepair.mostAuthorities
        )

        for index in 0..<(object["webhooks"]?.array?.count ?? 0) {
            var webhooks = object["webhooks"]?.array ?? []
            webhooks[index][path: ["clientConfig", "caBundle"]] = .string(Data("not PEM".utf8).base64EncodedString())
            object["webhooks"] = .array(webhooks)
        }
        #expect(try bundle(first.repaired(object)) == first.authority)
    }
}
