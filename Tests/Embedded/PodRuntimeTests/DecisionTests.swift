import CustomDump
import KubernetesAPI
import Testing

@testable import PodRuntime

/// The small decisions: images, commands, environment, volumes' files, logs.
@Suite struct DecisionTests {
    @Test(arguments: [
        ("docker.io/istio/proxyv2:1.29", "istio/proxyv2"), ("busybox", "busybox"),
        ("localhost:5000/a/b@sha256:0", "a/b"),
        ("docker.io/library/nginx:1", "nginx"), ("registry.k8s.io/e2e/x:v1", "e2e/x"),
    ])
    func imageIsKnownByItsRepository(_ image: String, _ repository: String) {
        #expect(ImageCatalogue.repository(of: image) == repository)
    }

    static let catalogue = ImageCatalogue([
        .init(name: "istio/examples-bookinfo-reviews-v2", program: "/p", arguments: ["reviews"], user: 1000),
        .init(name: "curlimages/*", program: "curl"),
        .init(name: "busybox", program: "/p", isTool: true),
    ])

    static func decide(
        _ image: String,
        _ command: [String] = [],
        _ arguments: [String] = []
    ) throws(ContainerCommand.Refusal) -> ContainerCommand {
        try ContainerCommand.decide(
            image: image,
            command: command,
            arguments: arguments,
            path: nil,
            catalogue: catalogue,
            exists: { program, _ in ["/p", "curl", "sleep"].contains(program) }
        )
    }

    @Test func catalogueAndCommandNameTheProgram() throws {
        let known = try Self.decide("docker.io/istio/examples-bookinfo-reviews-v2:1.20")
        #expect(known.arguments == ["/p", "reviews"])
        #expect(known.user == 1000)
        #expect(try Self.decide("istio/examples-bookinfo-reviews-v2", [], ["x"]).arguments == ["/p", "x"])
        #expect(try Self.decide("busybox", ["sleep"], ["1"]).arguments == ["sleep", "1"])
        #expect(try Self.decide("curlimages/curl:8", [], ["a"]).arguments == ["curl", "a"])
    }

    @Test(arguments: [
        (["sleep", "1"], ["sleep", "1"]), (["-x"], ["/p", "-x"]), ([], ["/p"]), (["no-program"], ["/p", "no-program"]),
    ])
    func anImageOfToolsRunsWhatItsArgumentsName(_ arguments: [String], _ line: [String]) throws {
        #expect(try Self.decide("docker.io/library/busybox:1", [], arguments).arguments == line)
        #expect(throws: ContainerCommand.Refusal.self) { try Self.decide("shop/busybox", [], arguments) }
    }

    @Test(arguments: [("nginx", [], []), ("nginx", [], ["-g"]), ("nginx", ["nope"], [])])
    func otherImagesAreRefusedWithARemedy(_ image: String, _ command: [String], _ arguments: [String]) {
        let refusal = #expect(throws: ContainerCommand.Refusal.self) {
            try Self.decide(image, command, arguments)
        }
        #expect(refusal?.reason == "ErrImagePull")
        #expect(refusal?.message.contains("command") == true)
    }

    @Test(arguments: [
        ("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("a$", "a$"), ("$(A", "$(A"), ("", ""), ("x$(A)y", "x1y"),
    ])
    func variablesExpand(_ text: String, _ expected: String) {
        #expect(VariableExpansion.expand(text, ["A": "1"]) == expected)
    }

    @Test(arguments: [
        ("100m", Int64(100)), ("1", 1000), ("1.5", 1500), ("1Ki", 1_024_000), ("2e3", 2_000_000), ("x", nil),
        ("1Zi", nil),
    ])
    func quantities(_ text: String, _ thousandths: Int64?) {
        #expect(Quantity.thousandths(.string(text)) == thousandths)
    }

    static func downward(_ pod: KubernetesObject) -> DownwardFields {
        DownwardFields(
            pod: pod,
            nodeName: "martlet",
            hostAddress: "1.2.3.4",
            podAddress: "10.244.0.2",
            nodeMillicores: 2000,
            nodeMemory: 1 << 30
        )
    }

    @Test func environmentComesFromAllItsSources() throws {
        var pod = KubernetesObject(.pods, ObjectName(namespace: "ns", name: "p"))
        pod.labels = ["app": "x"]
        var map = KubernetesObject(.configMaps, ObjectName(namespace: "ns", name: "m"))
        map["data"] = ["K": "v"]
        var secret = KubernetesObject(.secrets, ObjectName(namespace: "ns", name: "s"))
        secret["data"] = ["P": "aGVsbG8="]
        var service = KubernetesObject(.services, ObjectName(namespace: "ns", name: "my-db"))
        service["spec"] = ["clusterIP": "10.96.0.9", "ports": [["port": 5432, "name": "pg"]]]
        let container: JSONValue = [
            "name": "c", "resources": ["limits": ["memory": "64Mi"]],
            "envFrom": [["prefix": "X_", "configMapRef": ["name": "m"]]],
            "env": [
                ["name": "A", "value": "$(X_K)!"],
                ["name": "IP", "valueFrom": ["fieldRef": ["fieldPath": "status.podIP"]]],
                ["name": "APP", "valueFrom": ["fieldRef": ["fieldPath": "metadata.labels['app']"]]],
                ["name": "S", "valueFrom": ["secretKeyRef": ["name": "s", "key": "P"]]],
                ["name": "NONE", "valueFrom": ["secretKeyRef": ["name": "q", "key": "P", "optional": true]]],
                [
                    "name": "MEM",
                    "valueFrom": ["resourceFieldRef": ["resource": "limits.memory", "divisor": "1Mi"]],
                ],
                ["name": "CPU", "valueFrom": ["resourceFieldRef": ["resource": "limits.cpu"]]],
            ],
        ]
        let environment = ContainerEnvironment(
            pod: pod,
            downward: Self.downward(pod),
            configMap: { $0 == "m" ? map : nil },
            secret: { $0 == "s" ? secret : nil },
            services: [service]
        )
        let result = try environment.variables(of: container)
        expectNoDifference(
            result.filter { !$0.key.hasPrefix("MY_DB_PORT") },
            [
                "X_K": "v", "A": "v!", "IP": "10.244.0.2", "APP": "x", "S": "hello", "MEM": "64", "CPU": "2",
                "MY_DB_SERVICE_HOST": "10.96.0.9", "MY_DB_SERVICE_PORT": "5432", "MY_DB_SERVICE_PORT_PG": "5432",
            ]
        )
        let missing: JSONValue = [
            "env": [["name": "A", "valueFrom": ["configMapKeyRef": ["name": "m", "key": "no"]]]]
        ]
        #expect(throws: ContainerEnvironment.Missing.self) { try environment.variables(of: missing) }
    }

    @Test func resolvFollowsTheDNSPolicy() {
        var pod = KubernetesObject(.pods, ObjectName(namespace: "ns", name: "p"))
        let files = { (pod: KubernetesObject) in
            NetworkFiles(
                pod: pod,
                address: "10.244.0.2",
                nameserver: "10.96.0.10",
                clusterDomain: "cluster.local",
                hostResolv: "nameserver 9.9.9.9\nsearch lan\n"
            )
        }
        #expect(
            files(pod).resolv
                == "search ns.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
        )
        pod["spec", "dnsPolicy"] = "Default"
        #expect(files(pod).resolv == "search lan\nnameserver 9.9.9.9\n")
        pod["spec", "dnsPolicy"] = "None"
        pod["spec", "dnsConfig"] = ["nameservers": ["1.1.1.1"], "options": [["name": "ndots", "value": "2"]]]
        #expect(files(pod).resolv == "nameserver 1.1.1.1\noptions ndots:2\n")
        #expect(files(pod).hosts.contains("10.244.0.2\tp\n"))
    }

    @Test(arguments: ["../x", "/x", "a/../../b", ""])
    func filesStayInsideTheirVolume(_ path: String) { #expect(!VolumeFiles.isInside(path)) }

    @Test(
        arguments: [
            (nil, nil, "one\ntwo\nthree\n"), (1, nil, "three\n"), (2, nil, "two\nthree\n"), (0, nil, ""),
            (nil, 5, "one\nt"),
        ] as [(Int?, Int?, String)]
    )
    func logsAreCut(_ tail: Int?, _ limit: Int?, _ expected: String) {
        let file = """
            2026-01-01T00:00:00.000000000Z stdout F one
            2026-01-01T00:00:01.000000000Z stderr F two
            2026-01-01T00:00:02.000000000Z stdout P th
            2026-01-01T00:00:02.000000000Z stdout F ree

            """
        var options = LogOptions()
        options.tailLines = tail
        options.limitBytes = limit
        var filter = LogFilter(options, now: Timestamp(seconds: 0))
        #expect(String(decoding: filter.first(Array(file.utf8)), as: UTF8.self) == expected)
    }

    @Test func healthCheckIsReadOutOfFrames() {
        let data: [UInt8] = [0, 0, 7, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 8, 1]
        let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]
        #expect(GRPCHealthExchange.answer(settings) == .incomplete)
        #expect(GRPCHealthExchange.answer(settings + data) == .status(1))
        #expect(GRPCHealthExchange.answer([0, 0, 0, 1, 5, 0, 0, 0, 1]) == .none)
    }

    @Test func mountsOfTheHostAreTheOutermostOnes() {
        let points = ["/", "/proc", "/home", "/home/x", "/dev/shm", "/state/memory", "/run/user", "/mnt/a b"]
        #expect(HostLayout.outermost(points, stateDirectory: "/state") == ["/home", "/mnt/a b"])
        #expect(HostLayout.mountPoints("1 2 3:4 / /mnt/a\\040b rw - ext4") == ["/mnt/a b"])
    }

    @Test(
        arguments: [
            (["limits": ["cpu": "1", "memory": "1Gi"]], "Guaranteed"), (["requests": ["cpu": "1"]], "Burstable"),
            ([:], "BestEffort"),
        ] as [(JSONValue, String)]
    )
    func qualityOfService(_ resources: JSONValue, _ expected: String) {
        #expect(QualityOfService.of(["containers": [["resources": resources]]]).rawValue == expected)
    }
}
