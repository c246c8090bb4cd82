internal import MeshTelemetry
internal import NIOCore
internal import ProxySnapshot
internal import ProxyUpstream

extension DownstreamFacts {
    /// The operators of the downstream connection, for the records of requests and of connections.
    func writeText(_ field: AccessLogOperator, into buffer: inout ByteBuffer) -> Bool {
        switch field {
        case .downstreamLocalAddress: buffer.writeValue(localText)
        case .downstreamLocalAddressWithoutPort: buffer.writeValue("\(local.address)")
        case .downstreamRemoteAddress: buffer.writeValue(remoteText)
        case .downstreamRemoteAddressWithoutPort, .downstreamDirectRemoteAddress:
            buffer.writeValue("\(remote.address)")
        case .requestedServerName: buffer.writeValue(serverName)
        default: false
        }
    }
}

extension UpstreamCluster {
    /// The name as `%UPSTREAM_CLUSTER%` prints it.
    var statisticName: String { cluster.altStatName.isEmpty ? cluster.name : cluster.altStatName }
}

extension ByteBuffer {
    /// Appends a value; false if there is none to append.
    mutating func writeValue(_ text: ContiguousArray<UInt8>) -> Bool {
        writeBytes(text)
        return !text.isEmpty
    }

    /// Appends a value; false if there is none to append.
    mutating func writeValue(_ text: String) -> Bool {
        writeString(text)
        return !text.isEmpty
    }
}
