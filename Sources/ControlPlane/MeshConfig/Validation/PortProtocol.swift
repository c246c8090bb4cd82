/// Names of protocols that Istio knows for ports.
enum PortProtocol {
    /// Names, upper-case; they are compared without regard to case.
    static let names = [
        "HTTP", "HTTPS", "HTTP2", "GRPC", "GRPC-WEB", "GRPC-WEB-TLS", "TCP", "TLS", "UDP", "MONGO", "REDIS", "MYSQL",
        "THRIFT", "HBONE",
    ]

    /// What is wrong with a name, or nil; empty is allowed.
    static func reason(against text: String) -> String? {
        let upper = text.uppercased()
        guard !text.isEmpty, !names.contains(upper) else { return nil }
        let hint = Suggestion.text(for: upper, among: names)
        return "\(text.quotedForMessage) is not one of \(names.joined(separator: ", "))\(hint)"
    }
}
