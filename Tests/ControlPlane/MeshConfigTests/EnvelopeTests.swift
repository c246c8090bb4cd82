import MeshConfig
import Testing

@Suite struct EnvelopeTests {
    @Test(arguments: [
        ("- a\n", "f.yaml:1:1: error: must be a mapping, not a list"),
        ("kind: Pod\n", "f.yaml:1:1: error: apiVersion: is required"),
        (
            "apiVersion: networking.istio.io/v2\nkind: Sidecar\nmetadata: {name: a}\n",
            "f.yaml:1:1: error: Sidecar: apiVersion: \"networking.istio.io/v2\" is not served for Sidecar; served are "
                + "networking.istio.io/v1, networking.istio.io/v1beta1, networking.istio.io/v1alpha3"
        ),
        (
            "apiVersion: networking.istio.io/v1\nkind: VirtualServce\nmetadata: {name: a}\n",
            "f.yaml:2:1: error: VirtualServce: kind: \"VirtualServce\" is not a kind of networking.istio.io; "
                + "did you mean \"VirtualService\"?"
        ),
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: Deployment: kind: kind Deployment (apps/v1) is not acted on yet"
        ),
        (
            "apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: Telemetry: kind: kind Telemetry (telemetry.istio.io/v1) "
                + "is not acted on yet"
        ),
        (
            "apiVersion: authentication.istio.io/v1alpha1\nkind: Policy\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: Policy: kind: kind Policy (authentication.istio.io/v1alpha1) is one that Istio has "
                + "given up: PeerAuthentication and RequestAuthentication (security.istio.io/v1) take its place"
        ),
        (
            "apiVersion: rbac.istio.io/v1alpha1\nkind: ServiceRole\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: ServiceRole: kind: kind ServiceRole (rbac.istio.io/v1alpha1) is one that Istio has "
                + "given up: AuthorizationPolicy (security.istio.io/v1) takes its place"
        ),
        (
            "apiVersion: config.istio.io/v1alpha2\nkind: RouteRule\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: RouteRule: kind: kind RouteRule (config.istio.io/v1alpha2) is one that Istio has "
                + "given up: VirtualService (networking.istio.io/v1) takes its place"
        ),
        (
            "apiVersion: config.istio.io/v1alpha2\nkind: handler\nmetadata: {name: a}\n",
            "f.yaml:2:1: warning: handler: kind: kind handler (config.istio.io/v1alpha2) is one that Istio has given up: "
                + "AuthorizationPolicy (security.istio.io/v1) takes its place in who may call, Telemetry "
                + "(telemetry.istio.io/v1) in what is told of calls, and EnvoyFilter (networking.istio.io/v1alpha3) in how "
                + "many there may be"
        ),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: Upper}\n",
            "f.yaml:3:12: error: Namespace Upper: metadata.name: \"Upper\" is not a DNS label: lower-case letters, "
                + "digits and `-`, at most 63"
        ),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: 12}\n",
            "f.yaml:3:18: error: Namespace: metadata.name: must be a string, not the number 12; quote it"
        ),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, lables: {}}\n",
            "f.yaml:3:21: error: Namespace a: metadata.lables: unknown field; did you mean \"labels\"?"
        ),
        (
            "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: 1.0}}\n",
            "f.yaml:3:33: error: Namespace a: metadata.labels.v: must be a string, not the number 1.0; quote it"
        ),
    ])
    func faultsAreNamed(yaml: String, message: String) {
        #expect(diagnostics(yaml) == [message])
    }

    @Test(arguments: ["v1", "v1beta1", "v1alpha3"])
    func everyServedVersionDecodesTheSame(version: String) {
        let yaml = virtualService(http: "- route: [{destination: {host: a}}]")
        let file = decoded(yaml.replacing("istio.io/v1", with: "istio.io/\(version)"))
        #expect(file.diagnostics == [])
        #expect(file.objects.map(\.key) == [ObjectKey(kind: .virtualService, namespace: "default", name: "reviews")])
    }

    @Test func listIsExpanded() {
        let file = decoded(
            """
            {"apiVersion": "v1", "kind": "List", "items": [
            \t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}},
            \t{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "b", "nam": 1}},
            \t{"apiVersion":"v1","kind":"ServiceAccount","metadata":{"name":"c","namespace":"a"}}
            ]}
            """
        )
        #expect(file.objects.map(\.key.description) == ["Namespace a", "ServiceAccount a/c"])
        #expect(file.rejected.map(\.description) == ["Namespace b"])
        #expect(file.diagnostics.map(\.path) == ["items[1].metadata.nam"])
    }

    @Test func metadataIsRead() throws {
        let file = decoded(
            """
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: a
              labels: {x/y: z}
              creationTimestamp: 2024-01-31T12:00:00Z
              generation: 3
              uid: "u"
              managedFields: []
            """
        )
        #expect(file.diagnostics == [])
        let metadata = try #require(file.objects.first?.metadata)
        #expect(metadata.creationTimestamp == 1_706_702_400)
        #expect(metadata.labels == ["x/y": "z"])
        #expect(metadata.namespace == "default")
        #expect(metadata.generation == 3)
    }
}
