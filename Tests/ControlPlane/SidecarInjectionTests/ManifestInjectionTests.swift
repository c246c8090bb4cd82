import CustomDump
import Foundation
import KubernetesAPI
import Testing

@testable import SidecarInjection

@Suite struct ManifestInjectionTests {
    private static func manifest(_ apiVersion: String, _ kind: String) throws -> JSONValue {
        let text = """
            apiVersion: \(apiVersion)
            kind: \(kind)
            metadata: {name: reviews-v1, namespace: books, managedFields: [{manager: kubectl}]}
            spec:
              template:
                metadata: {labels: {app: reviews}}
                spec: {containers: [{name: app, image: x}]}
            status: {replicas: 1}
            """
        return try #require(KubernetesManifest.documents(text).first)
    }

    @Test(arguments: [
        ("apps/v1", "Deployment"), ("apps/v1", "ReplicaSet"), ("apps/v1", "StatefulSet"), ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"), ("v1", "ReplicationController"),
    ])
    func theTemplateOfEveryKindIsInjected(apiVersion: String, kind: String) throws {
        let manifest = try Self.manifest(apiVersion, kind)
        let result = try ManifestInjection(SidecarInjector()).inject(manifest)
        let pod = KubernetesObject(try #require(result.document[path: ["spec", "template"]]))
        #expect(pod.names("containers") == ["app", "istio-proxy"])
        #expect(try pod.proxy().environment("ISTIO_META_WORKLOAD_NAME") == "reviews-v1")
        #expect(
            try pod.proxy().environment("ISTIO_META_OWNER")
                == "kubernetes://apis/\(apiVersion)/namespaces/books/\(kind.lowercased())s/reviews-v1"
        )
        var rest = result.document
        rest[path: ["spec", "template"]] = manifest[path: ["spec", "template"]]
        expectNoDifference(rest, manifest)
    }

    @Test func listsAndCronJobsAreLookedInto() throws {
        let inner = try #require(Self.manifest("batch/v1", "Job")["spec"])
        let job: JSONValue = [
            "apiVersion": "batch/v1", "kind": "CronJob", "metadata": ["name": "c"],
            "spec": ["jobTemplate": ["spec": inner]],
        ]
        let service: JSONValue = ["apiVersion": "v1", "kind": "Service", "metadata": ["name": "s"]]
        let result = try ManifestInjection(SidecarInjector()).inject([
            "apiVersion": "v1", "kind": "List", "items": [job, service],
        ])
        let path = ["spec", "jobTemplate", "spec", "template", "spec", "containers"]
        #expect(result.document["items"]?.array?.first?[path: path]?.array?.count == 2)
        #expect(result.document["items"]?.array?.last == service)
    }

    @Test func labelsOfKnownNamespacesDecide() throws {
        let manifest = try Self.manifest("apps/v1", "Deployment")
        let off = try ManifestInjection(SidecarInjector(), namespaces: ["books": [:]]).inject(manifest)
        #expect(!off.isChanged)
        #expect(off.notes.count == 1)
        let labels = ["books": ["istio-injection": "enabled"]]
        #expect(try ManifestInjection(SidecarInjector(), namespaces: labels).inject(manifest).isChanged)
    }

    @Test func theWorkloadIsToldFromThePodsOwner() {
        func identity(_ kind: String, _ name: String, _ api: String, labels: [String: String] = [:]) -> WorkloadIdentity
        {
            var pod = InjectionFixture.pod(labels: labels)
            pod["metadata", "ownerReferences"] = [
                [
                    "apiVersion": .string(api), "kind": .string(kind), "name": .string(name), "uid": "u",
                    "controller": true,
                ]
            ]
            return WorkloadIdentity(pod: pod, namespace: "n")
        }
        let deployment = identity("ReplicaSet", "reviews-v1-5d8", "apps/v1", labels: ["pod-template-hash": "5d8"])
        #expect(
            deployment
                == WorkloadIdentity(name: "reviews-v1", namespace: "n", apiVersion: "apps/v1", kind: "Deployment")
        )
        #expect(identity("Job", "tidy-28123456", "batch/v1").kind == "CronJob")
        #expect(identity("Job", "tidy-up", "batch/v1").name == "tidy-up")
        #expect(identity("StatefulSet", "db", "apps/v1").name == "db")
    }

    @Test func documentsAreSplitAsTheyStand() {
        let text = "# head\n---\na: 1\n--- # two\nb: |\n  ---\n  x\n---\n\n---\nc: 3"
        #expect(ManifestText.split(text) == ["# head\n", "\na: 1\n", " # two\nb: |\n  ---\n  x\n", "\nc: 3"])
    }

    // Beside the project, on machines that have it.
    static let bookinfo = URL(filePath: #filePath).appending(path: "../../../../../shared/data/bookinfo/bookinfo.yaml")
        .standardized.path()

    @Test(.enabled(if: FileManager.default.fileExists(atPath: bookinfo), "the Bookinfo sample is not on this machine"))
    func bookinfoGetsSixProxies() throws {
        let text = try String(contentsOfFile: Self.bookinfo, encoding: .utf8)
        let injection = ManifestInjection(SidecarInjector())
        let changed = try KubernetesManifest.documents(text).map(injection.inject).filter(\.isChanged)
        #expect(changed.count == 6)
        #expect(changed.flatMap(\.notes).isEmpty)
    }
}
