import DNSWire
import Glibc
import KubernetesAPI
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import ClusterNetwork

/// Real namespaces, real packets; only where the tests run as root with nft at hand.
@Suite(.enabled(if: canMakeNamespaces, "needs root and nft"), .serialized)
struct ClusterNetworkTests {
    static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// A network with a DNS server and Services of `cluster`, and two pods that answer with their names on port 8080.
    struct Rig: Sendable {
        let network: ClusterNetwork
        let cluster: FakeCluster
        let pods: [PodAttachment]
        let upstream: UpstreamResolvers

        func namespace(_ pod: Int) -> NetworkNamespace {
            NetworkNamespace(borrowing: pods[pod].namespaceDescriptor)
        }

        /// What an address says, from inside a namespace.
        func ask(
            _ address: String,
            _ port: UInt16,
            from namespace: NetworkNamespace
        ) async throws -> String {
            let address = try #require(IPv4Address(address))
            let descriptor = try await namespace.connectTCP(address, port: port, timeout: .seconds(20))
            return try await namespace.run {
                defer { close(descriptor) }
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 20_000) > 0 else { throw SystemCallError("read", code: ETIMEDOUT) }
                var bytes = [UInt8](repeating: 0, count: 64)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                guard count >= 0 else { throw SystemCallError("read") }
                return String(decoding: bytes.prefix(count), as: UTF8.self)
            }
        }

        /// Tries until the rules follow, for at most a minute.
        func eventually(_ body: () async throws -> Bool) async throws {
            let end = ContinuousClock.now.advanced(by: .seconds(60))
            while ContinuousClock.now < end {
                if (try? await body()) == true { return }
                await Task.yield()
            }
            #expect(try await body())
        }

        func dig(_ name: String, _ type: DNSRecordType, size: UInt16? = nil) async throws -> DNSMessage {
            let server = try #require(IPv4Address(network.nameserver))
            let descriptor = try await namespace(0).bindUDP(IPv4Address(number: 0), port: 0)
            var query = DNSMessage(id: 7)
            query.isRecursionDesired = true
            query.questions = [DNSQuestion(try #require(DomainName(name)), type)]
            query.edns = size.map { EDNS(payloadSize: $0) }
            let bytes = try query.encoded()
            let reply = try await namespace(0).run {
                defer { close(descriptor) }
                _ = withSocketAddress(SocketAddressBytes.ipv4(server, 53)) { connect(descriptor, $0, $1) }
                _ = send(descriptor, bytes, bytes.count, 0)
                var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                guard poll(&waiting, 1, 20_000) > 0 else { throw SystemCallError("ask", code: ETIMEDOUT) }
                var bytes = [UInt8](repeating: 0, count: 4096)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                guard count >= 0 else { throw SystemCallError("ask") }
                return Array(bytes.prefix(count))
            }
            return try DNSMessage(decoding: reply)
        }
    }

    /// Says `word` to whoever connects, until cancelled.
    static func speak(_ word: String, on descriptor: Int32) async throws {
        try await SocketServer.serve(
            descriptor,
            limit: 64,
            wrap: { try NIOAsyncChannel(wrappingChannelSynchronously: $0) }
        ) {
            connection in
            try await connection.executeThenClose { _, outbound in try await outbound.write(ByteBuffer(string: word)) }
        }
    }

    static func withRig(
        servers: [SocketAddress] = [],
        _ body: @escaping @Sendable (Rig) async throws -> Void
    ) async throws {
        let network = try await ClusterNetwork.start(logger: logger)
        let cluster = FakeCluster()
        var pods: [PodAttachment] = []
        for name in ["a", "b"] {
            pods.append(try await network.attach(ObjectName(namespace: "default", name: name), uid: name))
        }
        let upstream = UpstreamResolvers(timeout: .seconds(20)) { servers }
        let rig = Rig(network: network, cluster: cluster, pods: pods, upstream: upstream)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, word) in ["a", "b"].enumerated() {
                let descriptor = try await rig.namespace(index).listenTCP(IPv4Address(number: 0), port: 8080)
                group.addTask { try? await speak(word, on: descriptor) }
            }
            group.addTask {
                do {
                    try await network.run(cluster, upstream: upstream)
                } catch {
                    if !Task.isCancelled { Issue.record("the network ended: \(error)") }
                }
            }
            try await body(rig)
            group.cancelAll()
        }
        for name in ["a", "b"] { await network.detach(uid: name) }
    }

    @Test func podsReachEachOtherAndTheHub() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            #expect(rig.pods.map(\.address) == ["10.244.0.2", "10.244.0.3"])
            #expect(try await rig.ask(rig.pods[1].address, 8080, from: rig.namespace(0)) == "b")
            #expect(try await rig.ask(rig.pods[0].address, 8080, from: rig.namespace(1)) == "a")
            #expect(try await rig.ask(rig.pods[0].address, 8080, from: rig.network.hub) == "a")
            #expect(try await rig.ask("127.0.0.1", 8080, from: rig.namespace(0)) == "a")
        }
    }

    @Test func aServiceLeadsToItsEndpointsAlsoToTheCallerItself() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(
                Fixture.service(
                    "web",
                    type: "NodePort",
                    ports: [["name": "http", "port": 80, "nodePort": 30080]]
                ),
                .services
            )
            rig.cluster.put(Fixture.slice("web", rig.pods.map { Fixture.endpoint($0.address) }), .endpointSlices)
            try await rig.eventually { try await !rig.ask("10.96.1.1", 80, from: rig.namespace(0)).isEmpty }
            var heard: Set<String> = []
            for _ in 0..<40 { heard.insert(try await rig.ask("10.96.1.1", 80, from: rig.namespace(0))) }
            #expect(heard == ["a", "b"])
            #expect(try await !rig.ask("10.244.0.1", 30080, from: rig.namespace(0)).isEmpty)
            #expect(try await !rig.ask("10.96.1.1", 80, from: rig.network.hub).isEmpty)

            rig.cluster.put(Fixture.slice("web", [Fixture.endpoint(rig.pods[0].address)]), .endpointSlices)
            try await rig.eventually {
                for _ in 0..<20 where try await rig.ask("10.96.1.1", 80, from: rig.namespace(0)) != "a" { return false }
                return true
            }
        }
    }

    @Test func nobodyThereIsRefused() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(Fixture.service("empty", type: "LoadBalancer"), .services)
            try await rig.eventually {
                rig.cluster.object(.services, ObjectName(namespace: "default", name: "empty"))?[
                    "status",
                    "loadBalancer",
                    "ingress"
                ]?.array?.first?["ip"] == "10.97.0.1"
            }
            await rig.network.detach(uid: "b")
            for namespace in [rig.namespace(0), rig.network.hub] {
                for address in ["10.96.1.1", "10.96.9.9", "10.97.0.1", rig.pods[1].address, "10.244.9.9"] {
                    await #expect(throws: SystemCallError("connect to \(address):80", code: ECONNREFUSED)) {
                        try await rig.ask(address, 80, from: namespace)
                    }
                }
            }
        }
    }

    /// The hub's own sockets, of the forward from the host among them, must not wait for retransmissions.
    @Test func connectionsOfTheHubToAPodThatLeavesEndAtOnce() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            let listener = try await rig.namespace(1).listenTCP(IPv4Address(number: 0), port: 9090)
            defer { close(listener) }
            rig.cluster.put(Fixture.service("web"), .services)
            let ports: [JSONValue] = [["name": "http", "port": 9090, "protocol": "TCP"]]
            rig.cluster.put(
                Fixture.slice("web", [Fixture.endpoint(rig.pods[1].address)], ports: ports),
                .endpointSlices
            )
            let service = try #require(IPv4Address("10.96.1.1"))
            let pod = try #require(IPv4Address(rig.pods[1].address))
            try await rig.eventually {
                close(try await rig.network.hub.connectTCP(service, port: 80, timeout: .seconds(20)))
                return true
            }
            let direct = try await rig.network.hub.connectTCP(pod, port: 9090, timeout: .seconds(20))
            let translated = try await rig.network.hub.connectTCP(service, port: 80, timeout: .seconds(20))
            await rig.network.detach(uid: "b")
            for descriptor in [direct, translated] {
                defer { close(descriptor) }
                let failure = try await rig.network.hub.run {
                    _ = send(descriptor, "x", 1, Int32(MSG_NOSIGNAL))
                    var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    guard poll(&waiting, 1, 20_000) > 0 else { return ETIMEDOUT }
                    var byte: UInt8 = 0
                    return recv(descriptor, &byte, 1, 0) < 0 ? errno : 0
                }
                #expect(failure == ECONNRESET || failure == ECONNREFUSED)
            }
        }
    }

    @Test func aLoadBalancerAddressServes() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(Fixture.service("web", type: "LoadBalancer"), .services)
            rig.cluster.put(Fixture.slice("web", [Fixture.endpoint(rig.pods[1].address)]), .endpointSlices)
            try await rig.eventually { try await rig.ask("10.97.0.1", 80, from: rig.namespace(0)) == "b" }
        }
    }

    @Test func sessionAffinityHolds() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(Fixture.service("web", more: ["sessionAffinity": "ClientIP"]), .services)
            rig.cluster.put(Fixture.slice("web", rig.pods.map { Fixture.endpoint($0.address) }), .endpointSlices)
            try await rig.eventually { try await !rig.ask("10.96.1.1", 80, from: rig.namespace(0)).isEmpty }
            var heard: Set<String> = []
            for _ in 0..<20 { heard.insert(try await rig.ask("10.96.1.1", 80, from: rig.namespace(0))) }
            #expect(heard.count == 1)
        }
    }

    @Test func namesAreResolvedOverUDP() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(Fixture.service("web"), .services)
            try await rig.eventually {
                try await rig.dig("web.default.svc.cluster.local", .a).answers.map(\.data) == [.a(0x0A60_0101)]
            }
            #expect(try await rig.dig("nope.default.svc.cluster.local", .a).responseCode == .nameError)
            let none = try await rig.dig("web.default.svc.cluster.local", .aaaa, size: 4096)
            #expect(none.responseCode == .noError)
            #expect(none.answers.isEmpty)
            #expect(none.authorities.count == 1)
            #expect(none.edns?.payloadSize == 1232)
            // Nobody to forward to.
            #expect(try await rig.dig("example.org", .a).responseCode == .serverFailure)
        }
    }

    @Test func whatIsTooLongForADatagramComesOverTCP() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            rig.cluster.put(Fixture.service("many", clusterIP: "None"), .services)
            rig.cluster.put(
                Fixture.slice("many", (2..<202).map { Fixture.endpoint("10.244.7.\($0)") }),
                .endpointSlices
            )
            try await rig.eventually { try await rig.dig("many.default.svc.cluster.local", .a).isTruncated }
            let server = try #require(IPv4Address(rig.network.nameserver))
            let descriptor = try await rig.namespace(0).connectTCP(server, port: 53)
            var query = DNSMessage(id: 9)
            query.questions = [DNSQuestion(try #require(DomainName("many.default.svc.cluster.local")), .a)]
            let bytes = try query.encoded()
            let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .withConnectedSocket(descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture { try DNSFraming.wrap(channel) }
                }
            let answers = try await channel.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: bytes))
                for try await frame in inbound {
                    return try DNSMessage(decoding: frame.readableBytesView).answers.count
                }
                return 0
            }
            #expect(answers == 200)
        }
    }

    @Test func otherNamesAreAskedOfTheHost() async throws {
        let resolver = try await DatagramBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>(
                        wrappingChannelSynchronously: channel
                    )
                }
            }
        let address = try #require(resolver.channel.localAddress)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await resolver.executeThenClose { inbound, outbound in
                    for try await datagram in inbound {
                        let query = try DNSMessage(decoding: datagram.data.readableBytesView)
                        var reply = query.response()
                        reply.answers = query.questions.map { DNSRecord($0.name, timeToLive: 60, .a(0xC000_0201)) }
                        try await outbound.write(
                            AddressedEnvelope(
                                remoteAddress: datagram.remoteAddress,
                                data: ByteBuffer(bytes: try reply.encoded())
                            )
                        )
                    }
                }
            }
            try await Self.withRig(servers: [address]) { (rig: Rig) async throws -> Void in
                rig.cluster.put(
                    Fixture.service("far", type: "ExternalName", more: ["externalName": "example.org"]),
                    .services
                )
                try await rig.eventually {
                    try await rig.dig("example.org", .a).answers.map(\.data) == [.a(0xC000_0201)]
                }
                try await rig.eventually {
                    try await rig.dig("far.default.svc.cluster.local", .a).answers.map(\.data.type) == [.cname, .a]
                }
            }
            group.cancelAll()
        }
    }

    @Test func theLoopbackOfTheHostLeadsIn() async throws {
        try await Self.withRig { (rig: Rig) async throws -> Void in
            let listener = try LoopbackListener(port: 0)
            let target = Endpoint(try #require(IPv4Address(rig.pods[1].address)), 8080)
            let forward = LoopbackForward(listener, into: rig.network.hub, logger: Self.logger) { target }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await forward.run() }
                let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .connect(host: "127.0.0.1", port: Int(listener.port)) { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                        }
                    }
                let heard = try await channel.executeThenClose { inbound, _ in
                    var heard = ""
                    for try await bytes in inbound { heard += String(buffer: bytes) }
                    return heard
                }
                #expect(heard == "b")
                group.cancelAll()
            }
            // Its sockets are closed: the port is free again.
            let again = try LoopbackListener(port: listener.port)
            for descriptor in again.descriptors { close(descriptor) }
        }
    }

    @Test func aTakenPortIsNamedWithItsHolder() throws {
        let listener = try LoopbackListener(port: 0)
        defer { for descriptor in listener.descriptors { close(descriptor) } }
        do {
            _ = try LoopbackListener(port: listener.port)
            Issue.record("the port was given twice")
        } catch {
            #expect("\(error)".hasPrefix("port \(listener.port) of the loopback is taken by "))
            #expect("\(error)".hasSuffix("(pid \(getpid()))"))
        }
    }

    @Test func manyPodsComeAndGo() async throws {
        let network = try await ClusterNetwork.start(logger: Self.logger)
        let namespaces = try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<60 {
                group.addTask {
                    let name = ObjectName(namespace: "many", name: "p\(index)")
                    let pod = try await network.attach(name, uid: "u\(index)")
                    return Self.target(pod.namespaceDescriptor)
                }
            }
            return try await group.reduce(into: Set<String>()) { if let name = $1 { $0.insert(name) } }
        }
        #expect(namespaces.count == 60)
        #expect(Self.openDescriptors(of: namespaces) == 60)
        #expect(try await network.hub.run { if_nametoindex("pod0af4003d") } > 0)
        let again = try await network.attach(ObjectName(namespace: "many", name: "p1"), uid: "u1")
        #expect(again.address.hasPrefix("10.244.0."))
        for index in 0..<60 { await network.detach(uid: "u\(index)") }
        await network.detach(uid: "never there")
        #expect(Self.openDescriptors(of: namespaces) == 0)
        #expect(try await network.hub.run { if_nametoindex("pod0af4003d") } == 0)
    }

    /// What a descriptor of this process stands for, as `net:[4026532001]`.
    static func target(_ descriptor: Int32) -> String? {
        var bytes = [UInt8](repeating: 0, count: 256)
        let length = bytes.withUnsafeMutableBytes { buffer in
            buffer.baseAddress.map { readlink("/proc/self/fd/\(descriptor)", $0, buffer.count) } ?? 0
        }
        return length > 0 ? String(decoding: bytes.prefix(length), as: UTF8.self) : nil
    }

    /// How many descriptors stand for one of these; other tests of the process have others.
    static func openDescriptors(of targets: Set<String>) -> Int {
        (0..<4096).count { target($0).map(targets.contains) ?? false }
    }
}
