import DNSWire
package import Logging
import NIOCore
import NIOPosix
import Synchronization

/// The DNS server of the cluster: its own zone, and everything else by the host's resolvers.
package struct ClusterDNS: Sendable {
    /// Questions being forwarded at one time; more are answered SERVFAIL.
    static let forwardLimit = 256
    static let connectionLimit = 128
    /// How long a TCP connection may be silent.
    static let idleTimeout = Duration.seconds(10)

    /// Nil while the cluster's objects are not known yet: SERVFAIL.
    private let zone: @Sendable () -> ClusterZone?
    private let upstream: UpstreamResolvers
    private let logger: Logger
    private let forwards = BoundedCount(limit: Self.forwardLimit)

    package init(
        upstream: UpstreamResolvers = UpstreamResolvers(),
        logger: Logger,
        zone: @escaping @Sendable () -> ClusterZone?
    ) {
        self.zone = zone
        self.upstream = upstream
        self.logger = logger
    }

    /// Serves a bound UDP and a listening TCP socket until cancelled; owns and closes both.
    package func run(udp: Int32, tcp: Int32) async throws {
        let datagrams: DatagramChannel
        do {
            datagrams = try await Self.datagrams(udp)
        } catch {
            SocketDescriptor.close(tcp)
            throw error
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve(datagrams) }
            group.addTask {
                try await SocketServer.serve(tcp, limit: Self.connectionLimit, wrap: DNSFraming.wrap) { connection in
                    try await serve(connection)
                }
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private final class WrappedChannel: Sendable {
        let channel = Mutex<DatagramChannel?>(nil)
    }

    private typealias DatagramChannel = NIOAsyncChannel<AddressedEnvelope<ByteBuffer>, AddressedEnvelope<ByteBuffer>>

    /// The asynchronous form of `withBoundSocket` refuses every datagram socket (NIO 2.101), so the channel is wrapped
    /// in the initializer of the other form.
    private static func datagrams(_ descriptor: Int32) async throws -> DatagramChannel {
        let wrapped = WrappedChannel()
        _ = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let datagrams = try DatagramChannel(wrappingChannelSynchronously: channel)
                    wrapped.channel.withLock { $0 = datagrams }
                }
            }
            .withBoundSocket(descriptor)
            .get()
        guard let datagrams = wrapped.channel.withLock({ $0 }) else {
            throw ChannelError.inappropriateOperationForState
        }
        return datagrams
    }

    private func serve(_ channel: DatagramChannel) async throws {
        try await channel.executeThenClose { inbound, outbound in
            try await withThrowingDiscardingTaskGroup { group in
                for try await datagram in inbound {
                    guard let step = step(for: datagram.data) else { continue }
                    let peer = datagram.remoteAddress
                    if case .reply(let reply, let limit) = step {
                        try? await outbound.write(reply.datagram(to: peer, limit: limit))
                        continue
                    }
                    group.addTask {
                        let (reply, limit) = await finish(step, overTCP: false)
                        try? await outbound.write(reply.datagram(to: peer, limit: limit))
                    }
                }
            }
        }
    }

    private func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async throws {
        try await connection.executeThenClose { inbound, outbound in
            let activity = ActivityMark()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for try await frame in inbound {
                        activity.touch()
                        guard let step = step(for: frame) else { return }
                        let (reply, _) = await finish(step, overTCP: true)
                        try await outbound.write(ByteBuffer(bytes: try reply.encoded()))
                    }
                }
                group.addTask { try await activity.idle(for: Self.idleTimeout) }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    private enum Step {
        case reply(DNSMessage, limit: Int)
        case forward(DNSMessage)
        case follow(DNSMessage, answers: [DNSRecord], target: DomainName)
    }

    /// Decides what to do with a query; nil for what is none.
    private func step(for buffer: ByteBuffer) -> Step? {
        let query: DNSMessage
        do {
            query = try DNSMessage(decoding: buffer.readableBytesView)
        } catch {
            return DNSMessage.header(ofBroken: buffer.readableBytesView).map {
                .reply($0.response(.formatError), limit: 512)
            }
        }
        guard !query.isResponse else { return nil }
        let limit = query.responseLimit()
        if let edns = query.edns, edns.version > 0 { return .reply(query.response(.badVersion), limit: limit) }
        guard query.operation == 0 else { return .reply(query.response(.notImplemented), limit: limit) }
        guard query.questions.count == 1, let question = query.questions.first else {
            return .reply(query.response(.formatError), limit: limit)
        }
        guard let zone = zone() else { return .reply(query.response(.serverFailure), limit: limit) }
        var reply = query.response()
        reply.isAuthoritative = true
        reply.isRecursionAvailable = true
        switch zone.answer(question) {
        case .records(let answers, let additionals):
            reply.answers = answers.count > 1 && question.type == .a ? Self.turned(answers) : answers
            reply.additionals = additionals
        case .noData(let authority, let zone):
            reply.authorities = [DNSRecord(zone, timeToLive: authority.minimum, .soa(authority))]
        case .noName(let authority, let zone):
            reply.responseCode = .nameError
            reply.authorities = [DNSRecord(zone, timeToLive: authority.minimum, .soa(authority))]
        case .alias(let answers, let target): return .follow(query, answers: answers, target: target)
        case .outside: return .forward(query)
        }
        return .reply(reply, limit: limit)
    }

    /// Addresses in random order, after the aliases that lead to them.
    private static func turned(_ answers: [DNSRecord]) -> [DNSRecord] {
        answers.filter { $0.data.type != .a } + answers.filter { $0.data.type == .a }.shuffled()
    }

    private func finish(_ step: Step, overTCP: Bool) async -> (reply: DNSMessage, limit: Int) {
        switch step {
        case .reply(let reply, let limit): return (reply, limit)
        case .forward(let query):
            var reply = await ask(query, overTCP: overTCP) ?? query.response(.serverFailure)
            reply.isRecursionAvailable = true
            // EDNS is between neighbours.
            let wantsSignatures = reply.edns?.wantsSignatures ?? false
            reply.edns = query.edns.map { _ in EDNS(payloadSize: 1232, wantsSignatures: wantsSignatures) }
            return (reply, query.responseLimit())
        case .follow(let query, let answers, let target):
            var further = query
            further.questions = query.questions.map { DNSQuestion(target, $0.type, questionClass: $0.questionClass) }
            var reply = query.response()
            reply.isRecursionAvailable = true
            reply.answers = answers
            if let found = await ask(further, overTCP: overTCP) {
                reply.answers += found.answers
                reply.authorities = found.authorities
                reply.responseCode = found.responseCode
                reply.isTruncated = found.isTruncated
            } else {
                reply.responseCode = .serverFailure
            }
            return (reply, query.responseLimit())
        }
    }

    private func ask(_ query: DNSMessage, overTCP: Bool) async -> DNSMessage? {
        guard forwards.enter() else {
            logger.warning("too many DNS questions wait for the host's resolvers")
            return nil
        }
        defer { forwards.leave() }
        return await upstream.answer(query, overTCP: overTCP)
    }
}

extension DNSMessage {
    /// A message that cannot be written whole becomes SERVFAIL, which always can.
    fileprivate func datagram(to peer: SocketAddress, limit: Int) -> AddressedEnvelope<ByteBuffer> {
        let bytes = (try? encoded(limit: limit)) ?? (try? response(.serverFailure).encoded()) ?? []
        return AddressedEnvelope(remoteAddress: peer, data: ByteBuffer(bytes: bytes))
    }
}
