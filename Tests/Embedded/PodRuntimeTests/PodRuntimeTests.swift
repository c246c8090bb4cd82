import Glibc
import KubernetesAPI
import Logging
import NIOPosix
import Synchronization
import Testing

@testable import PodRuntime

/// Real pods: processes in namespaces of this machine, over an API in memory. Needs root.
@Suite(.enabled(if: getuid() == 0), .timeLimit(.minutes(2)))
struct PodRuntimeTests {
    /// A running runtime with its own state directory, ended with the test.
    struct Rig: Sendable {
        let api: MemoryAPI
        let network = NamespaceNetwork()
        let runtime: PodRuntime
        let directory: String

        init(api: MemoryAPI = MemoryAPI()) async throws {
            self.api = api
            directory = try #require(
                withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer -> String? in
                    for (index, byte) in "/var/tmp/martlet-pods-XXXXXX\0".utf8.enumerated() {
                        buffer[index] = CChar(bitPattern: byte)
                    }
                    guard let start = buffer.baseAddress else { return nil }
                    return mkdtemp(start).map { String(cString: $0) }
                }
            )
            chmod(directory, 0o755)
            var configuration = PodRuntime.Configuration(stateDirectory: directory + "/state")
            configuration.backOff = 0.05
            configuration.retryInterval = 0.05
            runtime = try await PodRuntime.make(
                api: api,
                network: network,
                catalogue: ImageCatalogue(),
                configuration: configuration,
                requestToken: { namespace, account, audience, _, pod in
                    "\(namespace)/\(account)/\(audience)/\(pod.name)"
                },
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }

        func run(_ body: @Sendable @escaping (Rig) async throws -> Void) async throws {
            let running = Task { await runtime.run() }
            do {
                try await body(self)
            } catch {
                running.cancel()
                await running.value
                throw error
            }
            running.cancel()
            await running.value
            FileBytes.removeTree(directory)
        }

        func create(_ name: String, _ spec: JSONValue) async throws -> ObjectName {
            var pod = KubernetesObject(.pods, ObjectName(namespace: "default", name: name))
            var spec = spec
            spec["nodeName"] = "martlet"
            pod["spec"] = spec
            pod.labels = ["app": name]
            return try await api.create(pod, .pods).objectName
        }

        func phase(_ pod: ObjectName, _ phase: String) async {
            await api.wait(.pods, pod) { $0?["status", "phase"]?.string == phase }
        }

        func ready(_ pod: ObjectName) async {
            await api.wait(.pods, pod) { pod in
                pod?["status", "conditions"]?.array?.contains { $0["type"] == "Ready" && $0["status"] == "True" }
                    ?? false
            }
        }

        func status(_ pod: ObjectName) -> JSONValue { api.peek(.pods, pod)?["status"] ?? [:] }

        func log(_ pod: ObjectName, _ options: LogOptions = LogOptions()) async throws -> String {
            var bytes: [UInt8] = []
            for try await part in try await runtime.logs(of: pod, options) { bytes += part }
            return String(decoding: bytes, as: UTF8.self)
        }

        func exec(
            _ pod: ObjectName,
            _ command: [String],
            tty: Bool = false,
            input: [ExecInput] = []
        ) async throws -> (String, ExecExit) {
            let output = Mutex<[UInt8]>([])
            var options = ExecOptions(command: command)
            options.tty = tty
            options.stdin = true
            let (stream, continuation) = AsyncStream.makeStream(of: ExecInput.self)
            for element in input { continuation.yield(element) }
            continuation.finish()
            let exit = try await runtime.execute(in: pod, options, input: stream) { part in
                output.withLock { output in
                    switch part {
                    case .standardOutput(let bytes), .standardError(let bytes): output += bytes
                    }
                }
            }
            return (String(decoding: output.withLock { $0 }, as: UTF8.self), exit)
        }
    }

    static func shell(_ script: String, _ more: JSONValue = [:]) -> JSONValue {
        var container: JSONValue = ["name": "a", "image": "busybox", "command": ["sh", "-c", .string(script)]]
        for (name, value) in more.object ?? [:] { container[name] = value }
        return container
    }

    @Test func containerSeesItsOwnMachineAndLeavesNoTrace() async throws {
        try await Rig().run { rig in
            let script = """
                echo pid $$$$; hostname; cat /etc/resolv.conf; id -u; echo $GREETING
                echo trace > /etc/martlet-trace && cat /etc/martlet-trace
                touch /run/x /tmp/x /dev/shm/x && echo writable; ls /proc | grep -c '^[0-9]*$'
                echo gone > /dev/termination-log; exit 3
                """
            let spec: JSONValue = [
                "restartPolicy": "Never",
                "containers": [Self.shell(script, ["env": [["name": "GREETING", "value": "hello"]]])],
            ]
            let pod = try await rig.create("trace", spec)
            await rig.phase(pod, "Failed")
            let log = try await rig.log(pod)
            for line in ["pid 1\n", "\ntrace\n", "nameserver 10.96.0.10", "\n0\n", "hello", "writable"] {
                #expect(log.contains(line), "\(line) in \(log)")
            }
            let terminated = rig.status(pod)["containerStatuses"]?.array?.first?[path: ["state", "terminated"]]
            #expect(terminated?["exitCode"] == 3)
            #expect(terminated?["message"] == "gone\n")
            #expect(access("/etc/martlet-trace", F_OK) != 0)
        }
    }

    @Test func initContainersShareVolumesWithTheContainers() async throws {
        try await Rig().run { rig in
            var map = KubernetesObject(.configMaps, ObjectName(namespace: "default", name: "m"))
            map["data"] = ["key": "one"]
            _ = try await rig.api.create(map, .configMaps)
            let mounts: JSONValue = [
                ["name": "shared", "mountPath": "/shared"], ["name": "map", "mountPath": "/etc/map"],
                ["name": "token", "mountPath": "/var/run/secrets/tokens"],
            ]
            var first = Self.shell("echo from init > /shared/file", ["volumeMounts": mounts])
            first["name"] = "init"
            let script =
                "cat /shared/file /etc/map/key /var/run/secrets/tokens/t; echo; cat /etc/map/labels; echo; sleep 100"
            let pod = try await rig.create(
                "volumes",
                [
                    "initContainers": [first], "containers": [Self.shell(script, ["volumeMounts": mounts])],
                    "terminationGracePeriodSeconds": 0,
                    "volumes": [
                        ["name": "shared", "emptyDir": ["medium": "Memory"]],
                        [
                            "name": "map",
                            "projected": [
                                "sources": [
                                    ["configMap": ["name": "m"]],
                                    [
                                        "downwardAPI": [
                                            "items": [
                                                ["path": "labels", "fieldRef": ["fieldPath": "metadata.labels"]]
                                            ]
                                        ]
                                    ],
                                ]
                            ],
                        ],
                        [
                            "name": "token",
                            "projected": [
                                "sources": [["serviceAccountToken": ["path": "t", "audience": "istio-ca"]]]
                            ],
                        ],
                    ],
                ]
            )
            await rig.ready(pod)
            var options = LogOptions()
            options.follow = true
            var log = ""
            for try await part in try await rig.runtime.logs(of: pod, options) {
                log += String(decoding: part, as: UTF8.self)
                if log.contains("app=") { break }
            }
            #expect(log == "from init\nonedefault/default/istio-ca/volumes\napp=\"volumes\"\n")
            // A change of the map reaches the running container.
            map["data"] = ["key": "two"]
            _ = try await rig.api.update(map, .configMaps, nil)
            let (text, exit) = try await rig.exec(
                pod,
                ["sh", "-c", "until grep -q two /etc/map/key; do sleep 0.05; done; cat /etc/map/key; exit 4"]
            )
            #expect(text == "two")
            #expect(exit == .code(4))
        }
    }

    @Test func crashLoopCountsAndKeepsThePreviousLog() async throws {
        try await Rig().run { rig in
            let pod = try await rig.create("crash", ["containers": [Self.shell("echo run; exit 1")]])
            await rig.api.wait(.pods, pod) { pod in
                let status = pod?["status", "containerStatuses"]?.array?.first
                return status?["restartCount"]?.integer ?? 0 >= 2
                    && status?[path: ["state", "waiting", "reason"]] == "CrashLoopBackOff"
            }
            var options = LogOptions()
            options.previous = true
            #expect(try await rig.log(pod, options) == "run\n")
        }
    }

    @Test func unknownImageSaysWhatHelps() async throws {
        try await Rig().run { rig in
            let pod = try await rig.create("unknown", ["containers": [["name": "a", "image": "nginx", "args": ["x"]]]])
            await rig.api.wait(.pods, pod) { pod in
                let waiting = pod?["status", "containerStatuses"]?.array?.first?[path: ["state", "waiting"]]
                return waiting?["reason"] == "ImagePullBackOff"
                    && waiting?["message"]?.string?.contains("command") == true
            }
            try await rig.api.delete(.pods, pod, DeleteOptions())
            await rig.api.wait(.pods, pod) { $0 == nil }
        }
    }

    @Test func probesGateReadinessAndRestartWhatHangs() async throws {
        try await Rig().run { rig in
            let server = "exec python3 -m http.server 8080 --bind 127.0.0.1 --directory /tmp"
            let probes: JSONValue = [
                "ports": [["containerPort": 8080, "name": "web"]],
                "startupProbe": ["tcpSocket": ["port": "web"], "periodSeconds": 1, "failureThreshold": 60],
                "readinessProbe": ["httpGet": ["port": "web", "path": "/ready"], "periodSeconds": 1],
                "livenessProbe": [
                    "exec": ["command": ["sh", "-c", "test ! -e /tmp/dead"]], "periodSeconds": 1, "failureThreshold": 1,
                ],
            ]
            let pod = try await rig.create(
                "probes",
                ["terminationGracePeriodSeconds": 1, "containers": [Self.shell(server, probes)]]
            )
            await rig.api.wait(.pods, pod) { pod in
                let status = pod?["status", "containerStatuses"]?.array?.first
                return status?["started"] == true && status?["ready"] == false
            }
            #expect(try await rig.exec(pod, ["touch", "/tmp/ready"]).1 == .code(0))
            await rig.ready(pod)
            #expect(try await rig.exec(pod, ["touch", "/tmp/dead"]).1 == .code(0))
            await rig.api.wait(.pods, pod) { pod in
                pod?["status", "containerStatuses"]?.array?.first?["restartCount"]?.integer ?? 0 >= 1
            }
        }
    }

    @Test func deletionRunsTheHookThenSignalsThenRemoves() async throws {
        try await Rig().run { rig in
            let script = "trap 'echo term >> /shared/log; exit 0' TERM; echo up; while :; do sleep 0.05; done"
            let container = Self.shell(
                script,
                [
                    "lifecycle": ["preStop": ["exec": ["command": ["sh", "-c", "echo hook >> /shared/log"]]]],
                    "volumeMounts": [["name": "v", "mountPath": "/shared"]],
                ]
            )
            let pod = try await rig.create(
                "deleted",
                ["containers": [container], "volumes": [["name": "v", "hostPath": ["path": .string(rig.directory)]]]]
            )
            await rig.ready(pod)
            try await rig.api.delete(.pods, pod, DeleteOptions())
            await rig.api.wait(.pods, pod) { $0 == nil }
            let log = try FileBytes.read(rig.directory + "/log", limit: 100)
            #expect(String(decoding: log, as: UTF8.self) == "hook\nterm\n")
            #expect(rig.network.attached.isEmpty)
        }
    }

    @Test func execHasATerminalWithItsSizeAndStdin() async throws {
        try await Rig().run { rig in
            let pod = try await rig.create(
                "exec",
                ["terminationGracePeriodSeconds": 0, "containers": [Self.shell("sleep 100")]]
            )
            await rig.ready(pod)
            let piped = try await rig.exec(pod, ["cat"], input: [.bytes(Array("some text".utf8)), .end])
            #expect(piped.0 == "some text")
            #expect(piped.1 == .code(0))
            let sized = try await rig.exec(
                pod,
                ["sh", "-c", "until [ \"$(stty size)\" = '33 111' ]; do sleep 0.05; done; test -t 0 && tty"],
                tty: true,
                input: [.resize(columns: 111, rows: 33)]
            )
            #expect(sized.0 == "/dev/pts/0\r\n")
            let missing = try await rig.exec(pod, ["no-such-program"])
            guard case .failed(let words) = missing.1 else {
                Issue.record("\(missing)")
                return
            }
            #expect(words.contains("no-such-program"))
        }
    }

    @Test func portForwardReachesThePodsLoopback() async throws {
        try await Rig().run { rig in
            let server =
                "import socket; s=socket.create_server(('127.0.0.1',7000)); print('up', flush=True)\n"
                + "while True:\n c,_=s.accept(); c.sendall(b'<'+c.recv(9)+b'>'); c.close()"
            let container: JSONValue = [
                "name": "a", "image": "python", "command": ["python3", "-c", .string(server)],
                "readinessProbe": ["tcpSocket": ["port": 7000], "periodSeconds": 1],
            ]
            let pod = try await rig.create(
                "forward",
                ["terminationGracePeriodSeconds": 0, "containers": [container]]
            )
            await rig.ready(pod)
            let connection = try await rig.runtime.connect(to: pod, port: 7000)
            try await connection.send(Array("hi".utf8))
            var answer: [UInt8] = []
            for try await part in connection.received { answer += part }
            #expect(String(decoding: answer, as: UTF8.self) == "<hi>")
            await #expect(throws: StatusError.self) { try await rig.runtime.connect(to: pod, port: 7001) }
        }
    }

    @Test func proxyUserIsUnprivilegedAndInitMayProgramTheNetwork() async throws {
        try await Rig().run { rig in
            var first = Self.shell(
                "iptables -t nat -N MARTLET_TEST && echo programmed",
                ["securityContext": ["capabilities": ["add": ["NET_ADMIN", "NET_RAW"]], "runAsUser": 0]]
            )
            first["name"] = "istio-init"
            let proxy = Self.shell(
                "id -u; id -g; grep -E 'CapEff|NoNewPrivs' /proc/self/status; touch /x 2>/dev/null || echo refused",
                [
                    "securityContext": [
                        "runAsUser": 1337, "runAsGroup": 1337, "allowPrivilegeEscalation": false,
                        "readOnlyRootFilesystem": true, "capabilities": ["drop": ["ALL"]],
                    ]
                ]
            )
            let pod = try await rig.create(
                "proxy",
                ["restartPolicy": "Never", "initContainers": [first], "containers": [proxy]]
            )
            await rig.api.wait(.pods, pod) { ["Succeeded", "Failed"].contains($0?["status", "phase"]?.string) }
            var options = LogOptions()
            options.container = "istio-init"
            #expect(try await rig.log(pod, options) == "programmed\n")
            let log = try await rig.log(pod)
            #expect(log.hasPrefix("1337\n1337\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n"), "\(log)")
            #expect(log.hasSuffix("refused\n"))
        }
    }

    @Test func nodeIsRegisteredAndItsLeaseRenewed() async throws {
        try await Rig().run { rig in
            let name = ObjectName(namespace: "kube-node-lease", name: "martlet")
            await rig.api.wait(.leases, name) { $0?["spec", "renewTime"] != nil }
            let node = try await rig.api.get(.nodes, ObjectName(name: "martlet"))
            #expect(
                node["status", "conditions"]?.array?.contains { $0["type"] == "Ready" && $0["status"] == "True" }
                    == true
            )
        }
    }

    @Test func newRuntimeStartsThePodsOfTheOneBefore() async throws {
        let api = MemoryAPI()
        let name = ObjectName(namespace: "default", name: "again")
        try await Rig(api: api).run { rig in
            _ = try await rig.create("again", ["containers": [Self.shell("sleep 100")]])
            await rig.ready(name)
        }
        try await Rig(api: api).run { rig in
            await rig.api.wait(.pods, name) { pod in
                let status = pod?["status", "containerStatuses"]?.array?.first
                return status?["restartCount"] == 1 && status?["ready"] == true
                    && status?[path: ["lastState", "terminated", "reason"]] == "ContainerStatusUnknown"
            }
        }
    }

    @Test(arguments: RootFileSystem.Kind.allCases)
    func everyKindOfRootRunsAProgram(_ kind: RootFileSystem.Kind) async throws {
        let rig = try await Rig()
        do {
            var context = rig.runtime.context
            context.rootKind = kind
            if kind == .binds { try await NodeFoundation.copyEtc(context) }
            var pod = KubernetesObject(.pods, ObjectName(namespace: "default", name: "kind"))
            pod.uid = "kind"
            pod["spec"] = [
                "restartPolicy": "Never",
                "containers": [Self.shell("test -e /etc/passwd && cat /etc/hostname && id -u && ls -d /usr/bin")],
            ]
            let (done, continuation) = AsyncStream.makeStream(of: Void.self)
            let worker = PodWorker(try await rig.api.create(pod, .pods), context: context) { _ in continuation.finish()
            }
            await worker.begin()
            await rig.api.wait(.pods, pod.objectName) {
                ["Succeeded", "Failed"].contains($0?["status", "phase"]?.string)
            }
            let ended = rig.status(pod.objectName)
            #expect(ended["phase"] == "Succeeded", "\(ended["containerStatuses"]?.jsonText ?? "")")
            let path = try #require(LogFiles.find(context.podDirectory("kind"), "a", previous: false))
            var filter = LogFilter(LogOptions(), now: Timestamp.now())
            let log = filter.first(try FileBytes.read(path, limit: 10000))
            #expect(String(decoding: log, as: UTF8.self) == "kind\n0\n/usr/bin\n")
            await worker.vanish()
            for await _ in done {}
        }
        FileBytes.removeTree(rig.directory)
    }

    @Test func manyPodsStartTogetherAndLeaveNothing() async throws {
        try await Rig().run { rig in
            let names = (0..<40).map { "many-\($0)" }
            var pods: [ObjectName] = []
            for name in names {
                let spec: JSONValue = ["terminationGracePeriodSeconds": 0, "containers": [Self.shell("sleep 1000")]]
                pods.append(try await rig.create(name, spec))
            }
            for pod in pods { await rig.ready(pod) }
            for pod in pods { try await rig.api.delete(.pods, pod, DeleteOptions(gracePeriodSeconds: 1)) }
            for pod in pods { await rig.api.wait(.pods, pod) { $0 == nil } }
            #expect(rig.network.attached.isEmpty)
            #expect(DirectoryEntries.of(rig.directory + "/state/pods").isEmpty)
        }
    }
}
