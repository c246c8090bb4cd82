internal import MeshTelemetry
internal import NIOCore
internal import NIOSSL
internal import ProxyFilters
internal import ProxySnapshot
internal import ProxyTLS
internal import ProxyUpstream

/// A connection between accept and filter chain: listener filters look at it, then a chain takes it.
struct Arrival {
    let set: ListenerSet
    let scope: ListenerScope
    let remote: SocketAddressValue
    /// Where the connection was going.
    let local: SocketAddressValue
    let originalDestination: SocketAddressValue?
    /// Worker nanoseconds at accept.
    let acceptedAt: Int64
    /// Nanoseconds since 1970 at accept.
    let acceptedAtWall: Int64

    var looksForTLS: Bool {
        scope.listener.listenerFilters.contains {
            if case .tlsInspector(let disabled) = $0 { !disabled.contains(local.port) } else { false }
        }
    }

    var looksForHTTP: Bool {
        scope.listener.listenerFilters.contains {
            if case .httpInspector(let disabled) = $0 { !disabled.contains(local.port) } else { false }
        }
    }

    /// Inspects the first bytes, or chooses a chain at once if nothing asks for them.
    func begin(on channel: any Channel) throws {
        if looksForTLS || looksForHTTP {
            try channel.pipeline.syncOperations.addHandler(InspectionHandler(self), name: "inspection")
        } else {
            try proceed(on: channel, with: Inspection(), bytes: nil)
        }
    }

    /// Hands the connection to the filter chain that matches; closes it if none does.
    func proceed(on channel: any Channel, with inspection: Inspection, bytes: ByteBuffer?) throws {
        let facts = ConnectionFacts(
            destination: local,
            source: remote,
            serverName: inspection.serverName,
            transportProtocol: inspection.transportProtocol,
            applicationProtocols: inspection.applicationProtocols
        )
        let downstream = DownstreamFacts(
            remote: remote,
            local: local,
            originalDestination: originalDestination,
            serverName: inspection.serverName
        )
        var record = ConnectionRecord(facts: downstream, startedAt: acceptedAt, startedAtWall: acceptedAtWall)
        guard let chain = chain(for: facts) else {
            record.flags = .noRouteFound
            record.details = ContiguousArray("filter_chain_not_found".utf8)
            scope.accessLogs(sinks: set.logs).log(record, worker: set.worker)
            return channel.close(promise: nil)
        }
        guard case .tls(let settings) = chain.transportSocket else {
            return try hand(channel, to: chain, downstream, record: record, bytes: bytes)
        }
        try secure(channel, for: chain, settings, downstream, record: record, bytes: bytes)
    }

    /// Gives a connection that is ready, its handshake done if there is one, to the filters of its chain.
    func hand(
        _ channel: any Channel,
        to chain: FilterChain,
        _ downstream: DownstreamFacts,
        record: ConnectionRecord,
        bytes: ByteBuffer?
    ) throws {
        var record = record
        var metadata = RequestMetadata()
        let refusal = scope.refusal(by: chain, facts: downstream, statistics: set.statistics, metadata: &metadata)
        record.metadata = metadata
        if let reason = refusal {
            record.termination = reason
            if case .tcpProxy(let proxy) = chain.networkFilter {
                scope.accessLogs(of: proxy, sinks: set.logs).log(record, worker: set.worker)
            }
            return channel.close(promise: nil)
        }
        switch chain.networkFilter {
        case .httpConnectionManager(let manager):
            var downstream = downstream
            downstream.describePeer(for: manager)
            let connection = HTTPConnection(
                worker: set.worker,
                scope: scope.scope(of: manager, statistics: set.statistics, logs: set.logs),
                listener: scope,
                chain: chain,
                facts: downstream,
                decisions: set.decisions
            )
            try channel.pipeline.syncOperations.addHandler(connection, name: "http")
            if let bytes { connection.take(bytes) }
        case .tcpProxy(let proxy):
            let connection = TCPProxyConnection(
                worker: set.worker,
                proxy: proxy,
                listener: scope,
                chain: chain,
                logs: scope.accessLogs(of: proxy, sinks: set.logs),
                check: scope.check(by: chain, statistics: set.statistics, metadata: metadata),
                record: record
            )
            try channel.pipeline.syncOperations.addHandler(connection)
            try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
            if let bytes { connection.take(bytes) }
        }
    }

    /// Has the connection shake hands first.
    private func secure(
        _ channel: any Channel,
        for chain: FilterChain,
        _ settings: TLSSettings,
        _ downstream: DownstreamFacts,
        record: ConnectionRecord,
        bytes: ByteBuffer?
    ) throws {
        let handler = DownstreamHandshake(self, chain, settings, downstream, record)
        switch set.worker.tls.context(for: settings) {
        case .failure(let error):
            // Never plaintext instead (CVE-2020-8664).
            handler.refused(error.reason)
            channel.close(promise: nil)
        case .success(let context):
            handler.tls = context
            try channel.pipeline.syncOperations.addHandler(Self.library(context), name: "tls")
            try channel.pipeline.syncOperations.addHandler(handler, name: "handshake")
            guard let bytes else { return }
            channel.pipeline.syncOperations.fireChannelRead(NIOAny(bytes))
            channel.pipeline.syncOperations.fireChannelReadComplete()
        }
    }

    /// The logs that a chain's connections are written to.
    func logs(of chain: FilterChain) -> AccessLogs {
        switch chain.networkFilter {
        case .httpConnectionManager(let manager):
            scope.scope(of: manager, statistics: set.statistics, logs: set.logs).logs
        case .tcpProxy(let proxy): scope.accessLogs(of: proxy, sinks: set.logs)
        }
    }

    private static func library(_ context: TLSContext) -> NIOSSLServerHandler {
        guard context.core.requiresPeerCertificate, context.core.trust == .untrusted else {
            return NIOSSLServerHandler(context: context.library)
        }
        // The library asks for a certificate only if somebody judges it: here any will do.
        return NIOSSLServerHandler(
            context: context.library,
            customVerificationCallback: { _, verdict in verdict.succeed(.certificateVerified) }
        )
    }

    private func chain(for facts: ConnectionFacts) -> FilterChain? {
        switch scope.listener.filterChain(for: facts) {
        case .matched(let found), .defaultChain(let found): found
        case .ambiguous(let found): found.first
        case .none: nil
        }
    }
}

/// What the listener filters found out.
struct Inspection: Equatable {
    var serverName = ""
    var transportProtocol = "raw_buffer"
    var applicationProtocols: [String] = []

    /// What a look at the first bytes gave.
    enum Verdict: Equatable {
        case needMoreData
        case done(Inspection)
        /// The connection must be closed.
        case refused
    }

    /// Runs the TLS inspector, then the HTTP inspector on plaintext, as Istio orders them. An earlier look at the first
    /// `seen` bytes wanted more.
    static func look(_ bytes: UnsafeRawBufferPointer, seen: Int = 0, forTLS: Bool, forHTTP: Bool) -> Verdict {
        var found = Inspection()
        if forTLS {
            switch ClientHello.read(bytes) {
            case .needMoreData: return .needMoreData
            case .hello(let hello):
                found.transportProtocol = "tls"
                found.serverName = hello.serverName ?? ""
                found.applicationProtocols = hello.applicationProtocols
                return .done(found)
            case .notTLS: break
            }
        }
        guard forHTTP else { return .done(found) }
        switch HTTPPreface.read(bytes, seen: seen) {
        case .needMoreData: return .needMoreData
        case .endless: return .refused
        case .http1_0: found.applicationProtocols = ["http/1.0"]
        case .http1_1: found.applicationProtocols = ["http/1.1"]
        case .http2: found.applicationProtocols = ["h2c"]
        case .other: break
        }
        return .done(found)
    }
}
