/// Values of `retryOn` (Envoy `x-envoy-retry-on` and `x-envoy-retry-grpc-on`).
enum RetryConditions {
    /// Names; status codes are allowed beside them.
    static let names = [
        "5xx", "gateway-error", "reset", "reset-before-request", "connect-failure", "envoy-ratelimited",
        "retriable-4xx", "refused-stream", "retriable-status-codes", "retriable-headers", "http3-post-connect-failure",
        "cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable",
    ]

    /// What is wrong with a comma-separated list, or nil.
    static func reason(against text: String) -> String? {
        for part in text.split(separator: ",") {
            let name = part.trimming(while: { $0 == " " })
            if let code = Int(name) {
                guard (100...599).contains(code) else { return "\(code) is not a status code, 100...599" }
            } else if !names.contains(name) {
                let hint = Suggestion.text(for: name, among: names)
                return "\(name.quotedForMessage) is not a retry condition or status code; "
                    + "allowed are \(names.joined(separator: ", "))\(hint)"
            }
        }
        return nil
    }
}

extension Substring {
    /// The text without what matches at both ends.
    func trimming(while matches: (Character) -> Bool) -> String {
        let head = drop(while: matches)
        return String(head.prefix(upTo: head.lastIndex { !matches($0) }.map(head.index(after:)) ?? head.startIndex))
    }
}
