import KubernetesAPI
import Testing

@testable import MeshInstallation

@Suite struct MeshInstallationTests {
    private static func objects(_ change: (inout InstallationOptions) -> Void = { _ in }) throws -> [KubernetesObject] {
        var options = InstallationOptions(tag: "1.2.3")
        change(&options)
        return try MeshInstallation.objects(options)
    }

    private static func find(_ kind: String, _ name: String, in objects: [KubernetesObject]) -> KubernetesObject? {
        objects.first { $0.kind == kind && $0.name == name }
    }

    @Test func everyObjectHasATypeANameAndIstiosNamespace() throws {
        let clusterWide: Set = ["Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"]
        for object in try Self.objects() {
            #expect(!object.apiVersion.isEmpty && !object.kind.isEmpty && !object.name.isEmpty)
            #expect(object.namespace == (clusterWide.contains(object.kind) ? "" : "istio-system"), "\(object.name)")
        }
    }

    @Test func namespaceAndDefinitionsComeBeforeWhatNeedsThem() throws {
        let kinds = try Self.objects().map(\.kind)
        let firstOther = kinds.firstIndex { $0 != "Namespace" && $0 != "CustomResourceDefinition" }
        #expect(
            kinds.first == "Namespace" && kinds.lastIndex(of: "CustomResourceDefinition") == firstOther.map { $0 - 1 }
        )
    }

    @Test(arguments: ["istio-ingressgateway", "istio-egressgateway", "istiod"])
    func deploymentsSelectTheirOwnPodsAndTheirServiceDoes(name: String) throws {
        let objects = try Self.objects()
        let deployment = try #require(Self.find("Deployment", name, in: objects))
        let labels = deployment["spec", "template", "metadata", "labels"]?.strings ?? [:]
        for (key, value) in deployment["spec", "selector", "matchLabels"]?.strings ?? [:] {
            #expect(labels[key] == value)
        }
        let service = try #require(Self.find("Service", name, in: objects))
        for (key, value) in service["spec", "selector"]?.strings ?? [:] { #expect(labels[key] == value) }
        let image = deployment["spec", "template", "spec", "containers"]?.array?.first?["image"]?.string
        #expect(image?.hasSuffix(":1.2.3") == true)
    }

    @Test func gatewaysCanBeLeftOut() throws {
        let objects = try Self.objects {
            $0.hasIngressGateway = false
            $0.hasEgressGateway = false
        }
        #expect(objects.filter { $0.kind == "Deployment" }.map(\.name) == ["istiod"])
    }

    @Test func theEngineReachesGatewaysAndTheInjector() throws {
        let objects = try Self.objects { $0.engine = "envoy" }
        let gateway = try #require(Self.find("Deployment", "istio-ingressgateway", in: objects))
        let environment = gateway["spec", "template", "spec", "containers"]?.array?.first?["env"]?.array ?? []
        #expect(environment.contains(["name": "MARTLET_ENGINE", "value": "envoy"]))
        let values = Self.find("ConfigMap", "istio-sidecar-injector", in: objects)?["data", "values"]?.string ?? ""
        #expect(try JSONValue(json: values)[path: ["martlet", "engine"]] == "envoy")
    }

    @Test(arguments: [("default", "pilot-jwks-extra-cacerts"), ("canary", "pilot-jwks-extra-cacerts-canary")])
    func authoritiesOfTokenIssuersComeFromAConfigMapThatNeedNotBe(revision: String, name: String) throws {
        let objects = try Self.objects { $0.revision = revision }
        let pod = try #require(Self.find("Deployment", "istiod", in: objects))["spec", "template", "spec"]
        #expect(
            pod?["volumes"]?.array == [
                ["name": "extracacerts", "configMap": ["name": .string(name), "optional": true]]
            ]
        )
        let mounts = pod?["containers"]?.array?.first?["volumeMounts"]?.array
        #expect(mounts == [["name": "extracacerts", "mountPath": "/cacerts", "readOnly": true]])
    }

    @Test func everyKindIsServedInTheVersionsUsersWrite() throws {
        let objects = try Self.objects()
        let rule = try #require(
            Self.find("CustomResourceDefinition", "virtualservices.networking.istio.io", in: objects)
        )
        let versions = rule["spec", "versions"]?.array ?? []
        #expect(versions.compactMap { $0["name"]?.string } == ["v1", "v1beta1", "v1alpha3"])
        #expect(versions.filter { $0["storage"] == true }.count == 1)
    }
}
