import KubernetesAPI

/// The generations of exec and attach over numbered channels (`remotecommand` in Kubernetes).
enum CommandSubprotocol: String, Sendable, CaseIterable {
    /// Adds a channel that closes others.
    case v5 = "v5.channel.k8s.io"
    /// The error channel carries a Status.
    case v4 = "v4.channel.k8s.io"
    case v4Base64 = "v4.base64.channel.k8s.io"
    /// The error channel carries words.
    case v1 = "channel.k8s.io"
    case v1Base64 = "base64.channel.k8s.io"
    /// Clients that name none speak v1.
    case unnamed = ""

    var encoding: ChannelMessage.Encoding {
        switch self {
        case .v4Base64, .v1Base64: .base64
        case .v5, .v4, .v1, .unnamed: .binary
        }
    }

    /// What the error channel says of a command's end; nil when it says nothing.
    func closingWords(_ status: CommandStatus) -> [UInt8]? {
        switch self {
        case .v5, .v4, .v4Base64: return status.json.jsonBytes
        case .v1, .v1Base64, .unnamed:
            return status.text.isEmpty ? nil : Array(status.text.utf8)
        }
    }
}

/// The channels of a command, as their first byte numbers them.
enum CommandChannel: UInt8, Sendable {
    case stdin = 0
    case stdout = 1
    case stderr = 2
    case error = 3
    case resize = 4
    /// v5: the next byte is the channel that gets nothing more.
    case close = 255
}
