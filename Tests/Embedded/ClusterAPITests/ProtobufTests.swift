import CustomDump
import KubernetesAPI
import Testing

@testable import ClusterAPI

@Suite struct ProtobufTests {
    /// Messages written by hand, field by field.
    private struct Message {
        var bytes: [UInt8] = []

        static func make(_ fill: (inout Message) -> Void) -> [UInt8] {
            var message = Message()
            fill(&message)
            return message.bytes
        }

        mutating func varint(_ value: UInt64) {
            var rest = value
            while rest >= 0x80 {
                bytes.append(UInt8(rest & 0x7F) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }

        mutating func put(_ number: UInt64, _ value: UInt64) {
            varint(number << 3)
            varint(value)
        }

        mutating func put(_ number: UInt64, _ content: [UInt8]) {
            varint(number << 3 | 2)
            varint(UInt64(content.count))
            bytes += content
        }

        mutating func put(_ number: UInt64, _ text: String) { put(number, Array(text.utf8)) }

        mutating func put(_ number: UInt64, _ fill: (inout Message) -> Void) { put(number, Message.make(fill)) }
    }

    private static func envelope(_ apiVersion: String, _ kind: String, _ object: [UInt8]) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0x00]
            + Message.make { message in
                message.put(1) {
                    $0.put(1, apiVersion)
                    $0.put(2, kind)
                }
                message.put(2, object)
                message.put(3, "")
                message.put(4, "")
            }
    }

    private static let deployment = envelope(
        "apps/v1",
        "Deployment",
        Message.make { deployment in
            deployment.put(1) { metadata in
                metadata.put(1, "web")
                metadata.put(2, "")
                metadata.put(7, 0)
                metadata.put(8, [])
                metadata.put(11) {
                    $0.put(1, "app")
                    $0.put(2, "web")
                }
            }
            deployment.put(2) { spec in
                spec.put(1, 0)
                spec.put(3) { template in
                    template.put(2) { pod in
                        pod.put(1) { volume in
                            volume.put(1, "v")
                            volume.put(2) { $0.put(2) { $0.put(2) { $0.put(1, "1Mi") } } }
                        }
                        pod.put(2) { container in
                            container.put(1, "app")
                            container.put(3, "sleep")
                            container.put(3, "1")
                            container.put(10) { probe in
                                probe.put(1) { handler in
                                    handler.put(2) { http in
                                        http.put(2) {
                                            $0.put(1, 1)
                                            $0.put(3, "http")
                                        }
                                    }
                                }
                                probe.put(2, 5)
                            }
                        }
                    }
                }
                spec.put(4) { strategy in
                    strategy.put(2) { rolling in
                        rolling.put(1) {
                            $0.put(1, 0)
                            $0.put(2, 0)
                        }
                    }
                }
            }
            deployment.put(3) { $0.put(1, 7) }
        }
    )

    @Test func aDeploymentIsReadAsItsJSON() throws {
        expectNoDifference(
            try ProtobufObject.decode(Self.deployment),
            [
                "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "web", "labels": ["app": "web"]],
                "spec": [
                    "replicas": 0, "strategy": ["rollingUpdate": ["maxUnavailable": 0]],
                    "template": [
                        "spec": [
                            "volumes": [["name": "v", "emptyDir": ["sizeLimit": "1Mi"]]],
                            "containers": [
                                [
                                    "name": "app", "command": ["sleep", "1"],
                                    "livenessProbe": ["httpGet": ["port": "http"], "initialDelaySeconds": 5],
                                ]
                            ],
                        ]
                    ],
                ],
            ]
        )
    }

    @Test func secretsAndTimesKeepTheirBytes() throws {
        let secret = Self.envelope(
            "v1",
            "Secret",
            Message.make { secret in
                secret.put(2) {
                    $0.put(1, "key")
                    $0.put(2, [0, 0xFF, 0x80])
                }
            }
        )
        #expect(try ProtobufObject.decode(secret)["data"] == ["key": "AP+A"])
        let lease = Self.envelope(
            "coordination.k8s.io/v1",
            "Lease",
            Message.make { lease in
                lease.put(2) { spec in
                    spec.put(4) {
                        $0.put(1, 1_700_000_000)
                        $0.put(2, 123_456_000)
                    }
                }
            }
        )
        #expect(try ProtobufObject.decode(lease)["spec"] == ["renewTime": "2023-11-14T22:13:20.123456Z"])
    }

    @Test(
        arguments: [
            ("v1", "Pod", Message.make { $0.put(2) { $0.put(99, "x") } }, 400, "field 99 of core.PodSpec"),
            (
                "v1", "Pod", Message.make { $0.put(2) { $0.put(1) { $0.put(2) { $0.put(7, []) } } } }, 400,
                "field 7 of core.VolumeSource"
            ),
            ("v1", "ConfigMap", Message.make { $0.put(1, 5) }, 400, "core.ConfigMap.metadata is not of its type"),
            (
                "v1", "ConfigMap", Message.make { $0.put(1) { $0.put(1, [0xFF]) } }, 400,
                "meta.ObjectMeta.name is not of its type"
            ),
            ("v1", "ConfigMap", [0x0A, 0x7F], 400, "ends too soon"),
            ("v1", "Widget", [], 415, "v1 Widget"),
        ] as [(String, String, [UInt8], Int, String)]
    )
    func whatIsNotKnownIsNamed(
        _ apiVersion: String,
        _ kind: String,
        _ object: [UInt8],
        _ code: Int,
        _ words: String
    ) throws {
        let error = #expect(throws: StatusError.self) {
            try ProtobufObject.decode(Self.envelope(apiVersion, kind, object))
        }
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func everyMessageThatIsNamedIsThere() {
        for name in ProtobufKinds.all.names {
            for field in (ProtobufKinds.all.message(name) ?? [:]).values {
                guard case .message(let inner) = field.value else { continue }
                #expect(ProtobufKinds.all.message(inner) != nil, "\(name).\(field.name): \(inner)")
            }
        }
    }

    /// Any bytes end in an object or a refusal.
    @Test func brokenBytesNeverTrap() {
        var random = UInt64(42)
        func next() -> UInt64 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return random >> 33
        }
        for _ in 0..<20_000 {
            var bytes = Self.deployment
            for _ in 0...(next() % 6) {
                let index = 4 + Int(next() % UInt64(bytes.count - 4))
                switch next() % 4 {
                case 0: bytes[index] = UInt8(truncatingIfNeeded: next())
                case 1: bytes.remove(at: index)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: next()), at: index)
                default: bytes.removeLast(bytes.count - index)
                }
                if bytes.count < 6 { break }
            }
            _ = try? ProtobufObject.decode(bytes)
        }
    }

    @Test func deepMessagesEnd() {
        var affinity = Message.make { $0.put(1, "x") }
        for _ in 0..<200 { affinity = Message.make { message in message.put(1, affinity) } }
        #expect(throws: StatusError.self) { try ProtobufObject.decode(Self.envelope("v1", "Pod", affinity)) }
    }
}
