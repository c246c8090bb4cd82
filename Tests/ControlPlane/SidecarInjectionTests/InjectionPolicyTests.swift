import KubernetesAPI
import Testing

@testable import SidecarInjection

@Suite struct InjectionPolicyTests {
    private static let inject = "sidecar.istio.io/inject"

    private func reason(
        labels: [String: String] = [:],
        annotations: [String: String] = [:],
        namespace: String = "default",
        namespaceLabels: [String: String]? = nil,
        spec: JSONValue = [:],
        settings: InjectionSettings = .standard
    ) -> SkipReason? {
        let request = InjectionRequest(
            pod: InjectionFixture.pod(labels: labels, annotations: annotations, spec: spec),
            namespace: namespace,
            namespaceLabels: namespaceLabels
        )
        return settings.policy.reasonToSkip(request, revision: settings.revision)
    }

    @Test func podsOfTheHostAndOfTheSystemAreLeftAlone() {
        #expect(reason(spec: ["hostNetwork": true]) == .hostNetwork)
        #expect(reason(namespace: "kube-system") == .systemNamespace("kube-system"))
        #expect(reason() == nil)
    }

    @Test func theLabelIsAskedBeforeTheAnnotation() {
        #expect(reason(labels: [Self.inject: "false"], annotations: [Self.inject: "true"]) == .refusedByPod)
        #expect(reason(labels: [Self.inject: "true"], annotations: [Self.inject: "false"]) == nil)
        #expect(reason(annotations: [Self.inject: "false"]) == .refusedByPod)
    }

    @Test(
        arguments: [
            (["istio-injection": "enabled"], [:], true),
            (["istio-injection": "enabled"], [inject: "false"], false),
            (["istio-injection": "disabled"], [inject: "true"], false),
            (["istio.io/rev": "default"], [:], true),
            (["istio.io/rev": "canary"], [:], false),
            (["istio-injection": "disabled", "istio.io/rev": "default"], [:], false),
            ([:], [:], false),
            ([:], [inject: "true"], true),
            ([:], ["istio.io/rev": "default"], true),
            ([:], ["istio.io/rev": "canary", inject: "true"], false),
        ] as [([String: String], [String: String], Bool)]
    )
    func labelsOfNamespaceAndPodDecide(namespace: [String: String], pod: [String: String], isInjected: Bool) {
        #expect((reason(labels: pod, namespaceLabels: namespace) == nil) == isInjected)
    }

    @Test func selectorsOfTheConfigurationComeAfterThePodsOwnWord() throws {
        var sources = InjectionSources()
        sources.config = [
            "policy": "disabled", "neverInjectSelector": [["matchLabels": ["app": "reviews"]]],
            "alwaysInjectSelector": [["matchExpressions": [["key": "wanted", "operator": "Exists"]]]],
        ]
        let settings = try InjectionSettings.make(sources).settings
        #expect(reason(settings: settings) == .neverInjectSelector)
        #expect(reason(labels: ["app": "x"], settings: settings) == .policyDisabled)
        #expect(reason(labels: ["app": "x", "wanted": "1"], settings: settings) == nil)
        #expect(reason(labels: [Self.inject: "true"], settings: settings) == nil)
    }

    @Test func webhooksSayTheSameAsTheirManifest() throws {
        let manifest = WebhookManifests.mutating()
        let webhooks = try #require(manifest["webhooks"]?.array)
        #expect(
            webhooks.compactMap { $0["name"]?.string }
                == ["rev.namespace", "rev.object", "namespace", "object"].map { "\($0).sidecar-injector.istio.io" }
        )
        for (webhook, selector) in zip(webhooks, InjectionSelector.all(revision: "default")) {
            #expect(try LabelSelector(try #require(webhook["namespaceSelector"])) == selector.namespaces)
            #expect(try LabelSelector(try #require(webhook["objectSelector"])) == selector.pods)
            #expect(webhook["failurePolicy"] == "Fail")
        }
        #expect(WebhookManifests.mutating(revision: "canary")["webhooks"]?.array?.count == 2)
        #expect(WebhookManifests.validating().name == "istio-validator-istio-system")
    }
}
