/// The keys that a row of the table may have; the README of the fixtures says what each is for.
///
/// An in-memory run reads some of them only. A key that is none, though, is a check that nobody makes.
enum ConformanceKeys {
    static let row: Set = [
        "name", "sec", "from", "mode", "request", "times", "concurrent", "pauseMs", "warmUp", "expect",
        "deviations",
    ]
    static let request: Set = [
        "address", "port", "protocol", "method", "path", "host", "headers", "body", "chunked", "bodyBytes", "raw",
        "tls",
        "token", "tokenAs",
    ]
    static let tls: Set = ["as", "authority", "alpn", "sni", "version"]
    static let expect: Set = [
        "status", "statuses", "upstream", "upstreams", "cluster", "clusters", "route", "virtualHost", "listener",
        "filterChain", "error", "flags", "details", "seen", "headers", "body", "closed", "reply", "atLeastMs",
        "atMostMs", "answers", "slow", "reached", "reachedPercent", "tries", "connections", "got", "counters",
    ]

    /// The keys of a row that are none, with the part of the row they are in.
    static func unknown(in row: [String: Any]) -> [String] {
        func strangers(_ part: String, _ value: Any?, _ known: Set<String>) -> [String] {
            (value as? [String: Any] ?? [:]).keys.filter { !known.contains($0) }.sorted().map { "\(part).\($0)" }
        }
        let request = row["request"] as? [String: Any] ?? [:]
        return strangers("row", row, Self.row) + strangers("request", request, Self.request)
            + strangers("request.tls", request["tls"], tls)
            + strangers("expect", row["expect"], expect)
    }
}
