package import MeshTelemetry
package import NIOCore
package import ProxySnapshot
package import ProxyUpstream

/// A finished connection that was not HTTP, as an access log format sees it: what asks for a request has no value.
///
/// Spellings and zeros were taken from the TCP proxy and the listener logs of a running Envoy 1.40.
package struct ConnectionRecord: AccessLogRecord {
    package var facts: DownstreamFacts
    /// Worker nanoseconds at accept.
    package let startedAt: Int64
    /// Nanoseconds since 1970 at accept.
    package let startedAtWall: Int64
    package var flags: ResponseFlags = .none
    /// `%RESPONSE_CODE_DETAILS%`; empty is none.
    package var details: ContiguousArray<UInt8> = []
    /// `%CONNECTION_TERMINATION_DETAILS%`; empty is none.
    package var termination: ContiguousArray<UInt8> = []
    /// Bytes of the caller that were taken for the upstream.
    package var bytesReceived: UInt64 = 0
    package var bytesSent: UInt64 = 0
    /// Connects that were tried.
    package var attempts: UInt32 = 0
    package var cluster: UpstreamCluster?
    /// The endpoint connected to last, even in vain.
    package var endpoint: UpstreamEndpoint?
    /// Empty until a connect succeeded.
    package var upstreamLocalAddress: ContiguousArray<UInt8> = []
    /// What the last connect failed of.
    package var transportFailure: String?
    /// What network filters found out.
    package var metadata = RequestMetadata()
    /// Worker nanoseconds; set when the line is written.
    var endedAt: Int64 = 0

    package init(facts: DownstreamFacts, startedAt: Int64, startedAtWall: Int64) {
        self.facts = facts
        self.startedAt = startedAt
        self.startedAtWall = startedAtWall
    }

    /// A connection learns of a limit after the failure that led to it: `UF,URX`.
    package var printedFlags: [ResponseFlag] { ResponseFlag.allCases }

    package var startTimeMilliseconds: Int64 { startedAtWall / 1_000_000 }

    /// A connection has no headers: nothing is written.
    package func writeRequestHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool { false }

    /// A connection has no headers: nothing is written.
    package func writeResponseHeader(_ name: String, into buffer: inout ByteBuffer) -> Bool { false }

    /// A connection has no trailers: nothing is written.
    package func writeResponseTrailer(_ name: String, into buffer: inout ByteBuffer) -> Bool { false }

    /// Appends a value that network filters left.
    package func writeMetadata(
        _ path: [ContiguousArray<UInt8>],
        asJSON: Bool,
        into buffer: inout ByteBuffer
    ) -> Bool {
        metadata.write(path, asJSON: asJSON, into: &buffer)
    }

    /// The operators whose value is a number; nil for all others.
    package func number(_ field: AccessLogOperator) -> UInt64? {
        switch field {
        case .responseCode: 0
        case .bytesReceived: bytesReceived
        case .bytesSent: bytesSent
        case .duration: UInt64(max(0, endedAt &- startedAt) / 1_000_000)
        case .upstreamRequestAttemptCount: UInt64(attempts)
        default: nil
        }
    }

    /// Appends the value of a text operator; false if it has none.
    package func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool {
        switch field {
        case .responseCodeDetails: buffer.writeValue(details)
        case .connectionTerminationDetails: buffer.writeValue(termination)
        case .upstreamTransportFailureReason: buffer.writeValue(transportFailure?.replacing(" ", with: "_") ?? "")
        case .upstreamHost: buffer.writeValue(endpoint?.addressText ?? [])
        case .upstreamCluster: buffer.writeValue(cluster?.statisticName ?? "")
        case .upstreamClusterRaw: buffer.writeValue(cluster?.nameBytes ?? [])
        case .upstreamLocalAddress: buffer.writeValue(upstreamLocalAddress)
        default: facts.writeText(field, into: &buffer)
        }
    }
}
