internal import HTTPWire
internal import MeshTelemetry
internal import NIOCore
internal import ProxyRouting
internal import ProxySnapshot
internal import ProxyUpstream

/// A finished request as an access log format sees it.
struct RequestRecord: AccessLogRecord {
    let context: RequestContext
    let facts: DownstreamFacts
    let exchange: UpstreamExchange
    /// The header names the format asks for, made ready.
    let names: [String: HeaderName]
    /// Worker nanoseconds.
    let endedAt: Int64

    var startTimeMilliseconds: Int64 { context.startedAtWall / 1_000_000 }
    var flags: ResponseFlags { context.flags }

    func writeRequestHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool {
        write(name, of: context.request.headers, into: &buffer)
    }

    func writeResponseHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool {
        guard let head = context.loggedResponse else { return false }
        return write(name, of: head.headers, into: &buffer)
    }

    func writeResponseTrailer(_ name: String, into buffer: inout ByteBuffer) -> Bool {
        guard let trailers = exchange.connection?.responseTrailers else { return false }
        return write(name, of: trailers, into: &buffer)
    }

    private func write(_ name: String, of headers: borrowing HeaderBlock, into buffer: inout ByteBuffer) -> Bool {
        guard let name = names[name], let range = headers.value(of: name) else { return false }
        headers.withBytes(range) { _ = buffer.writeBytes($0) }
        return true
    }

    func number(_ field: AccessLogOperator) -> UInt64? {
        switch field {
        case .responseCode: UInt64(context.status)
        case .bytesReceived: context.requestBytes
        case .bytesSent: context.responseBytes
        case .duration: milliseconds(from: context.startedAt, to: endedAt)
        case .requestDuration:
            context.requestEndedAt == 0 ? nil : milliseconds(from: context.startedAt, to: context.requestEndedAt)
        case .responseDuration:
            context.respondedAt == 0 ? nil : milliseconds(from: context.startedAt, to: context.respondedAt)
        case .upstreamRequestAttemptCount: UInt64(context.attempts)
        default: nil
        }
    }

    private func milliseconds(from start: Int64, to end: Int64) -> UInt64 {
        UInt64(max(0, end &- start) / 1_000_000)
    }

    func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool {
        switch field {
        case .protocol: write("\(context.request.version.name)", into: &buffer)
        case .responseCodeDetails: write(context.details, into: &buffer)
        case .connectionTerminationDetails: write(context.connectionTermination, into: &buffer)
        case .upstreamTransportFailureReason:
            write(context.transportFailure?.replacing(" ", with: "_") ?? "", into: &buffer)
        case .upstreamHost: write(context.endpoint?.addressText ?? [], into: &buffer)
        case .upstreamCluster: write(clusterName, into: &buffer)
        case .upstreamClusterRaw: write(context.cluster?.nameBytes ?? [], into: &buffer)
        case .upstreamLocalAddress: write(exchange.connection?.localAddress ?? [], into: &buffer)
        case .downstreamLocalAddress: write(facts.localText, into: &buffer)
        case .downstreamLocalAddressWithoutPort: write("\(facts.local.address)", into: &buffer)
        case .downstreamRemoteAddress: write(facts.remoteText, into: &buffer)
        case .downstreamRemoteAddressWithoutPort, .downstreamDirectRemoteAddress:
            write("\(facts.remote.address)", into: &buffer)
        case .requestedServerName: write(facts.serverName, into: &buffer)
        case .routeName: write(context.decision?.route.name ?? "", into: &buffer)
        default: false
        }
    }

    private var clusterName: String {
        guard let cluster = context.cluster?.cluster else { return "" }
        return cluster.altStatName.isEmpty ? cluster.name : cluster.altStatName
    }

    private func write(_ text: ContiguousArray<UInt8>, into buffer: inout ByteBuffer) -> Bool {
        buffer.writeBytes(text)
        return !text.isEmpty
    }

    private func write(_ text: String, into buffer: inout ByteBuffer) -> Bool {
        buffer.writeString(text)
        return !text.isEmpty
    }
}
