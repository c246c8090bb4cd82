/// Header names and values as Envoy accepts them; one bad header makes it refuse a whole route configuration.
enum HeaderText {
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && isText(name) && !name.utf8.contains(UInt8(ascii: " "))
    }

    static func isText(_ text: String) -> Bool {
        !text.utf8.contains { $0 == 0 || $0 == 0x0A || $0 == 0x0D }
    }

    /// A value in which what Envoy knows as a command (`%START_TIME%`) stays and any other `%` is taken literally.
    ///
    /// Envoy reads header values as format strings and refuses broken ones.
    static func formatString(_ value: String) -> String {
        guard value.utf8.contains(UInt8(ascii: "%")) else { return value }
        var result = ""
        var rest = value[...]
        while let percent = rest.firstIndex(of: "%") {
            result += rest[..<percent]
            rest = rest[percent...]
            if rest.hasPrefix("%%") {
                result += "%%"
                rest = rest.dropFirst(2)
            } else if let command = rest.prefixMatch(of: commandPattern), commands.contains(String(command.1)) {
                result += rest[command.range]
                rest = rest[command.range.upperBound...]
            } else {
                result += "%%"
                rest = rest.dropFirst()
            }
        }
        return result + rest
    }

    private nonisolated(unsafe) static let commandPattern = /%([A-Z][A-Z0-9_]*)(?:\([^()%]*\))?(?::[0-9]{1,9})?%/

    /// Command operators of Envoy's formatter that make sense in headers.
    private static let commands: Set<String> = [
        "BYTES_RECEIVED", "BYTES_SENT", "CONNECTION_ID", "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
        "DOWNSTREAM_DIRECT_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_ADDRESS",
        "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_PORT", "DOWNSTREAM_LOCAL_SUBJECT",
        "DOWNSTREAM_LOCAL_URI_SAN", "DOWNSTREAM_PEER_CERT", "DOWNSTREAM_PEER_FINGERPRINT_256", "DOWNSTREAM_PEER_ISSUER",
        "DOWNSTREAM_PEER_SERIAL", "DOWNSTREAM_PEER_SUBJECT", "DOWNSTREAM_PEER_URI_SAN", "DOWNSTREAM_REMOTE_ADDRESS",
        "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_REMOTE_PORT", "DOWNSTREAM_TLS_CIPHER",
        "DOWNSTREAM_TLS_VERSION", "DURATION", "HOSTNAME", "METADATA", "DYNAMIC_METADATA", "FILTER_STATE", "ENVIRONMENT",
        "PROTOCOL", "REQ", "REQUESTED_SERVER_NAME", "RESP", "RESPONSE_CODE", "RESPONSE_CODE_DETAILS", "RESPONSE_FLAGS",
        "ROUTE_NAME", "START_TIME", "STREAM_ID", "TRACE_ID", "TRAILER", "UPSTREAM_CLUSTER", "UPSTREAM_CLUSTER_RAW",
        "UPSTREAM_HOST", "UPSTREAM_LOCAL_ADDRESS", "UPSTREAM_REMOTE_ADDRESS", "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
        "VIRTUAL_CLUSTER_NAME",
    ]
}
