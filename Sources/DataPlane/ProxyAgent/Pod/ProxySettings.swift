internal import SwiftProtobuf

/// Istio's `ProxyConfig` of one proxy, as the injection gives it: JSON in `PROXY_CONFIG`.
package struct ProxySettings: Sendable {
    /// The whole object; nil when there is none or it cannot be read.
    let object: Google_Protobuf_Struct?
    /// What is wrong with it or not acted on, a line each.
    package private(set) var warnings: [String] = []

    private static let actedOn: Set<String> = [
        "discoveryAddress", "concurrency", "drainDuration", "terminationDrainDuration", "proxyAdminPort", "statusPort",
        "serviceCluster", "interceptionMode", "proxyMetadata", "holdApplicationUntilProxyStarts", "readinessProbe",
        "configPath", "binaryPath", "privateKeyProvider", "image", "gatewayTopology",
    ]

    package init(_ text: String) {
        guard text.contains(where: { !$0.isWhitespace }) else {
            object = nil
            return
        }
        do {
            let value = try Google_Protobuf_Struct(jsonString: text)
            object = value
            warnings = value.fields.keys.filter { !Self.actedOn.contains($0) }.sorted().map { "PROXY_CONFIG.\($0)" }
        } catch {
            object = nil
            warnings = ["PROXY_CONFIG: it is not a JSON object"]
        }
    }

    package var discoveryAddress: String? { text("discoveryAddress") }
    package var serviceCluster: String? { text("serviceCluster") }
    package var interceptionMode: String? { text("interceptionMode") }
    package var concurrency: Int? { number("concurrency") }
    package var adminPort: Int? { number("proxyAdminPort") }
    package var statusPort: Int? { number("statusPort") }
    package var drainDuration: Duration? { text("drainDuration").flatMap(Duration.init(setting:)) }
    package var terminationDrainDuration: Duration? {
        text("terminationDrainDuration").flatMap(Duration.init(setting:))
    }
    /// Variables that stand for environment variables of the proxy.
    package var metadata: [String: String] {
        object?.fields["proxyMetadata"]?.structValue.fields.mapValues(\.stringValue) ?? [:]
    }

    private func text(_ name: String) -> String? {
        guard let value = object?.fields[name]?.stringValue, !value.isEmpty else { return nil }
        return value
    }

    private func number(_ name: String) -> Int? {
        guard let value = object?.fields[name] else { return nil }
        return Int(exactly: value.numberValue.rounded()).flatMap { $0 > 0 ? $0 : nil } ?? Int(value.stringValue)
    }
}

extension Duration {
    /// Reads a duration as Go and protobuf write it: numbers with `h`, `m`, `s` or `ms`, such as `1m30s`, or a number of
    /// seconds alone.
    package init?(setting text: String) {
        guard !text.isEmpty else { return nil }
        if let seconds = Int64(text), seconds >= 0, seconds < 1 << 31 {
            self = .seconds(seconds)
            return
        }
        var total = 0.0
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(unit.count)
            let factors: [Substring: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001, "us": 0.000_001]
            guard let number = Double(digits), let factor = factors[unit] else { return nil }
            total += number * factor
        }
        guard total.isFinite, total >= 0, total < Double(1 << 31) else { return nil }
        self = .milliseconds(Int64((total * 1000).rounded()))
    }
}
