import Testing

@testable import ClusterAPI

/// kubectl, unmodified, over HTTPS.
@Suite(.enabled(if: Kubectl.program != nil, "kubectl is not on this machine"))
struct KubectlTests {
    static let manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, labels: {app: web}}
        spec:
          replicas: 2
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers: [{name: c, image: nginx, ports: [{containerPort: 80}]}]
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
        """

    @Test func appliesPatchesScalesAndDeletes() async throws {
        let server = try await TestServer()
        try await server.serving { url in
            let kubectl = try Kubectl(server, url: url)
            var result = try await kubectl("apply", "-f", "-", input: Self.manifest)
            #expect(result.output == "deployment.apps/web created\nservice/web created\n", "\(result.errors)")
            result = try await kubectl("apply", "-f", "-", input: Self.manifest)
            #expect(result.output == "deployment.apps/web unchanged\nservice/web unchanged\n", "\(result.errors)")
            result = try await kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", input: Self.manifest)
            #expect(result.status == 0, "\(result.errors)")
            _ = try await kubectl("patch", "deploy", "web", "--type", "merge", "-p", #"{"spec":{"replicas":4}}"#)
            _ = try await kubectl(
                "patch",
                "deploy",
                "web",
                "-p",
                #"{"spec":{"template":{"spec":{"containers":[{"name":"c","env":[{"name":"A","value":"b"}]}]}}}}"#
            )
            _ = try await kubectl(
                "patch",
                "deploy",
                "web",
                "--type",
                "json",
                "-p",
                #"[{"op":"add","path":"/metadata/labels/x","value":"y"}]"#
            )
            _ = try await kubectl("scale", "deploy", "web", "--replicas=7")
            result = try await kubectl(
                "get",
                "deploy",
                "web",
                "-o",
                "jsonpath={.spec.replicas} {.metadata.labels.x} {.spec.template.spec.containers[0].image} {.metadata.generation}"
            )
            #expect(result.output == "7 y nginx 4", "\(result.errors)")
            result = try await kubectl("get", "svc", "web", "-o", "jsonpath={.spec.clusterIP}")
            #expect(result.output == "10.96.1.0")
            result = try await kubectl("describe", "deploy", "web")
            #expect(result.output.contains("Replicas:               7 desired"), "\(result.output)\(result.errors)")
            result = try await kubectl("delete", "deploy/web", "svc/web")
            #expect(result.status == 0, "\(result.errors)")
            result = try await kubectl("get", "deploy", "web")
            #expect(result.errors == "Error from server (NotFound): deployments.apps \"web\" not found\n")
        }
    }

    /// kubectl sends these as protobuf.
    @Test func createsFromItsTypedClients() async throws {
        let server = try await TestServer()
        try await server.serving { url in
            let kubectl = try Kubectl(server, url: url)
            for arguments in [
                ["create", "namespace", "shop"], ["create", "secret", "generic", "s", "--from-literal=a=b"],
                ["create", "deployment", "d", "--image=nginx", "--replicas=0", "--port=80"],
                ["create", "role", "r", "--verb=get", "--resource=pods"],
                ["create", "rolebinding", "rb", "--role=r", "--serviceaccount=default:default"],
                ["create", "configmap", "c", "--from-literal=a=b"], ["create", "job", "j", "--image=busybox"],
            ] {
                let result = try await kubectl.run(arguments)
                #expect(result.status == 0, "\(arguments): \(result.errors)")
            }
            let replicas = try await kubectl("get", "deploy", "d", "-o", "jsonpath={.spec.replicas}")
            #expect(replicas.output == "0")
            let allowed = try await kubectl(
                "auth",
                "can-i",
                "get",
                "pods",
                "--as",
                "system:serviceaccount:default:default"
            )
            #expect(allowed.output == "yes\n", "\(allowed.errors)")
            let refused = try await kubectl(
                "auth",
                "can-i",
                "list",
                "pods",
                "--as",
                "system:serviceaccount:default:default"
            )
            #expect(refused.output == "no\n", "\(refused.errors)")
        }
    }

    @Test func servesCustomResources() async throws {
        let server = try await TestServer()
        try await server.serving { url in
            let kubectl = try Kubectl(server, url: url)
            _ = try await kubectl(
                "apply",
                "-f",
                "-",
                input: """
                    apiVersion: apiextensions.k8s.io/v1
                    kind: CustomResourceDefinition
                    metadata: {name: things.example.com}
                    spec:
                      group: example.com
                      scope: Namespaced
                      names: {plural: things, singular: thing, kind: Thing}
                      versions:
                      - name: v1
                        served: true
                        storage: true
                        additionalPrinterColumns: [{name: Size, type: integer, jsonPath: .spec.size}]
                        schema:
                          openAPIV3Schema:
                            type: object
                            properties:
                              spec:
                                type: object
                                properties: {size: {type: integer, minimum: 1, default: 3}}
                    """
            )
            let established = try await kubectl(
                "wait",
                "--for=condition=established",
                "crd/things.example.com",
                "--timeout=5s"
            )
            #expect(established.status == 0, "\(established.errors)")
            let thing = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {}}"
            _ = try await kubectl("apply", "-f", "-", input: thing)
            let table = try await kubectl("get", "things")
            #expect(table.output == "NAME   SIZE\nt      3\n", "\(table.errors)")
            let bad = "{apiVersion: example.com/v1, kind: Thing, metadata: {name: u}, spec: {size: 0}}"
            #expect(
                try await kubectl("apply", "-f", "-", input: bad).errors.contains(
                    "should be greater than or equal to 1"
                )
            )
            _ = try await kubectl("delete", "crd", "things.example.com")
            #expect(try await kubectl("get", "things").status != 0)
        }
    }

    @Test func tokensActWithTheRightsOfTheirAccount() async throws {
        let server = try await TestServer()
        try await server.serving { url in
            let kubectl = try Kubectl(server, url: url)
            let token = try await kubectl("create", "token", "default").output.trimmingSpaces
            #expect(token.split(separator: ".").count == 3)
            var bearer = kubectl
            bearer.credentials = .token(token)
            let refused = try await bearer("get", "pods")
            #expect(
                refused.errors.contains(
                    "User \"system:serviceaccount:default:default\" cannot list resource \"pods\" in API group \"\""
                ),
                "\(refused.errors)"
            )
            _ = try await kubectl(
                "create",
                "clusterrolebinding",
                "v",
                "--clusterrole=view",
                "--serviceaccount=default:default"
            )
            #expect(try await bearer("get", "pods").status == 0)
            bearer.credentials = .token("no.such.token")
            #expect(try await bearer("get", "pods").errors.contains("Unauthorized"))
        }
    }
}
