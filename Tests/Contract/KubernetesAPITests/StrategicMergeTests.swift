import CustomDump
import KubernetesAPI
import Testing

@Suite struct StrategicMergeTests {
    static let pod = """
        metadata: {finalizers: [a, b], ownerReferences: [{uid: u1, name: o}]}
        spec:
          containers:
          - name: app
            image: app:1
            env: [{name: A, value: a}, {name: B, value: b}]
            args: [x]
            ports: [{containerPort: 80}]
          - {name: istio-proxy, image: proxy:1}
          tolerations: [{key: k}]
          volumes: [{name: v, emptyDir: {}}]
          nodeSelector: {disk: ssd}
        status: {conditions: [{type: Ready, status: "False"}, {type: Init, status: "True"}]}
        """

    static func apply(_ patch: String, to live: String, kind: String = "Pod") throws -> String {
        let live = try #require(try KubernetesManifest.parse(live).first)
        let patch = try #require(try KubernetesManifest.parse(patch).first)
        return KubernetesManifest.yamlText(try StrategicMerge.apply(patch, to: live, kind: kind))
    }

    static func yaml(_ text: String) throws -> String {
        KubernetesManifest.yamlText(try #require(try KubernetesManifest.parse(text).first))
    }

    @Test func keyedListsAreMergedAndOthersReplaced() throws {
        let patch = """
            metadata: {finalizers: [b, c], ownerReferences: [{uid: u1, name: p}, {uid: u2, name: q}]}
            spec:
              containers:
              - {name: app, image: app:2, env: [{name: B, value: c}, {name: C, value: d}], args: [y]}
              - {name: new, ports: [{containerPort: 1}]}
              tolerations: [{key: m}]
              nodeSelector: {disk: null, zone: z}
            status: {conditions: [{type: Ready, status: "True"}]}
            """
        expectNoDifference(
            try Self.apply(patch, to: Self.pod),
            try Self.yaml(
                """
                metadata: {finalizers: [a, b, c], ownerReferences: [{uid: u1, name: p}, {uid: u2, name: q}]}
                spec:
                  containers:
                  - name: app
                    image: app:2
                    env: [{name: A, value: a}, {name: B, value: c}, {name: C, value: d}]
                    args: [y]
                    ports: [{containerPort: 80}]
                  - {name: istio-proxy, image: proxy:1}
                  - {name: new, ports: [{containerPort: 1}]}
                  tolerations: [{key: m}]
                  volumes: [{name: v, emptyDir: {}}]
                  nodeSelector: {zone: z}
                status: {conditions: [{type: Ready, status: "True"}, {type: Init, status: "True"}]}
                """
            )
        )
    }

    @Test(arguments: [
        ("{l: {a: 1, b: 2}}", "{l: {$patch: replace, c: 3}}", "{l: {c: 3}}"),
        ("{l: {a: 1}}", "{l: {$patch: delete}}", "{l: {}}"),
        ("{l: {a: 1}}", "{m: {$patch: delete}}", "{l: {a: 1}}"),
        ("{l: {a: 1}}", "{l: {$patch: merge, b: 2}}", "{l: {a: 1, b: 2}}"),
        (
            "{spec: {strategy: {type: RollingUpdate, rollingUpdate: {maxSurge: 1}}}}",
            "{spec: {strategy: {$retainKeys: [type], type: Recreate}}}", "{spec: {strategy: {type: Recreate}}}"
        ),
        (
            "{spec: {containers: [{name: a}, {name: b}]}}",
            "{spec: {containers: [{$patch: delete, name: a}, {name: c}]}}",
            "{spec: {containers: [{name: b}, {name: c}]}}"
        ),
        (
            "{spec: {containers: [{name: a}, {name: b}]}}",
            "{spec: {containers: [{$patch: replace}, {name: c}]}}", "{spec: {containers: [{name: c}]}}"
        ),
        (
            "{metadata: {finalizers: [a, b, c]}}",
            """
            metadata:
              $deleteFromPrimitiveList/finalizers: [b]
              $setElementOrder/finalizers: [d, c, a]
              finalizers: [d]
            """,
            "{metadata: {finalizers: [d, c, a]}}"
        ),
    ])
    func directivesAreFollowed(_ live: String, _ patch: String, _ expected: String) throws {
        expectNoDifference(try Self.apply(patch, to: live), try Self.yaml(expected))
    }

    @Test func theOrderOfAPatchIsKeptAndWhatOnlyTheServerHasStaysInPlace() throws {
        let live = "{spec: {containers: [{name: first}, {name: a}, {name: side}, {name: b}]}}"
        let patch = """
            spec:
              $setElementOrder/containers: [{name: b}, {name: a}, {name: n}]
              containers: [{name: n}]
            """
        expectNoDifference(
            try Self.apply(patch, to: live),
            try Self.yaml("{spec: {containers: [{name: first}, {name: side}, {name: b}, {name: a}, {name: n}]}}")
        )
    }

    @Test func aNewElementGoesBehindTheOneItFollowsAndNotBehindTheServers() throws {
        let patch = "{spec: {$setElementOrder/containers: [{name: app}, {name: n}], containers: [{name: n}]}}"
        expectNoDifference(
            try Self.apply(patch, to: "{spec: {containers: [{name: app}, {name: istio-proxy}]}}"),
            try Self.yaml("{spec: {containers: [{name: app}, {name: n}, {name: istio-proxy}]}}")
        )
    }

    @Test(arguments: [
        ("Deployment", "spec: {template: {spec: {containers: [{name: b}]}}}", 2),
        ("CronJob", "spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: b}]}}}}}", 2),
        ("Service", "spec: {ports: [{port: 2}]}", 2), ("ServiceAccount", "secrets: [{name: b}]", 2),
        ("MutatingWebhookConfiguration", "webhooks: [{name: b}]", 2), ("Ingress", "spec: {rules: [{name: b}]}", 1),
        ("VirtualService", "spec: {http: [{name: b}]}", 1),
    ])
    func kindsHaveTheirOwnKeys(_ kind: String, _ patch: String, _ count: Int) throws {
        let live = patch.replacing("name: b", with: "name: a").replacing("port: 2", with: "port: 1")
        let result = try Self.apply(patch, to: live, kind: kind)
        #expect(result.split(separator: "- ").count - 1 == count, "\(result)")
    }

    @Test(arguments: [
        "spec: {containers: [{image: x}]}", "spec: {containers: [x]}", "spec: {$patch: other}",
        "spec: {$retainKeys: [a], b: 1}", "spec: {$setElementOrder/containers: x}",
    ])
    func patchesThatMeanNothingAreRefused(_ patch: String) {
        let error = #expect(throws: StatusError.self) { try Self.apply(patch, to: Self.pod) }
        #expect(error?.reason == .badRequest)
    }
}
