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
    let client: ForwardedClient
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

    func writeMetadata(_ path: [ContiguousArray<UInt8>], asJSON: Bool, into buffer: inout ByteBuffer) -> Bool {
        context.metadata.write(path, asJSON: asJSON, into: &buffer)
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
        case .protocol: buffer.writeValue("\(context.request.version.name)")
        case .responseCodeDetails: buffer.writeValue(context.details)
        case .connectionTerminationDetails: buffer.writeValue(context.connectionTermination)
        case .upstreamTransportFailureReason:
            buffer.writeValue(context.transportFailure?.replacing(" ", with: "_") ?? "")
        case .upstreamHost: buffer.writeValue(context.endpoint?.addressText ?? [])
        case .upstreamCluster: buffer.writeValue(context.cluster?.statisticName ?? "")
        case .upstreamClusterRaw: buffer.writeValue(context.cluster?.nameBytes ?? [])
        case .upstreamLocalAddress: buffer.writeValue(context.endpoint == nil ? [] : exchange.localAddress)
        case .routeName: buffer.writeValue(context.decision?.route.name ?? "")
        case .downstreamRemoteAddress, .downstreamRemoteAddressWithoutPort: writeRemote(field, into: &buffer)
        default: facts.writeText(field, into: &buffer)
        }
    }

    private func writeRemote(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool {
        guard let address = client.address(in: context.request.headers) else {
            return facts.writeText(field, into: &buffer)
        }
        // Nobody knows the port that the client had: Envoy writes 0.
        if case .downstreamRemoteAddress = field {
            return buffer.writeValue("\(SocketAddressValue(address: address, port: 0))")
        }
        return buffer.writeValue("\(address)")
    }
}
