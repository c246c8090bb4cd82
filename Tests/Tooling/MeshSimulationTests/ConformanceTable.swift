import ConfigSources
import Foundation
import KubernetesAPI
import MeshConfig
import MeshSimulation
import Yams

/// One file of `Tests/Fixtures/conformance`, as far as an in-memory run reads it.
struct ConformanceTable: Sendable {
    let name: String
    let configuration: SimulatedConfiguration
    let cases: [ConformanceCase]
    /// Whether its pods have identities of the mesh.
    let identities: Bool
    /// Names of the servers that are no pods, by address.
    private let servers: [String: String]
    /// What DNS says: addresses by name.
    private let names: [String: [String]]

    /// The servers behind an endpoint, as the table names them: as many as its name has addresses.
    func servers(_ endpoint: CallEndpoint) -> [String] {
        let host = endpoint.address.split(separator: ":").first.map(String.init) ?? ""
        return (names[host] ?? [host]).map { address in
            if let name = servers[address] { return name }
            return endpoint.workload.split(separator: ".").first.map(String.init) ?? address
        }
    }

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../Fixtures/conformance").standardizedFileURL

    /// Public keys that nobody signs with: in memory a token is its claims.
    private static let keys =
        #"{"keys":[{"kty":"EC","crv":"P-256","kid":"p256","x":"1TeiyE2iw8748s51s1UDC1eQbmAiSCs8wyMSc9ttGYo","#
        + #""y":"XjQSiW1Q_I1AD1qANxz9ft9TlXls5k_icblusrZv28o"}]}"#

    /// The names of the table's files, sorted.
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.sorted()
    }()

    init(_ name: String) throws {
        self.name = name
        let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
        let root = try Yams.load(yaml: text) as? [String: Any] ?? [:]
        var files: [String: FileContent] = [:]
        for include in root["include"] as? [String] ?? [] {
            let data = try Data(contentsOf: Self.folder.appendingPathComponent(include))
            files[include] = .bytes([UInt8](data))
        }
        if let config = root["config"] as? String {
            files[name] = .bytes([UInt8](config.replacingOccurrences(of: "{{jwks}}", with: Self.keys).utf8))
        }
        let mesh = try (root["mesh"]).map { try Yams.dump(object: $0) }
        let settings = mesh.map { MeshConfigurationSource(text: $0, file: "\(name).mesh") }
        var store = ConfigStore()
        configuration = SimulatedConfiguration([store.apply(files)], settings: settings)
        let defaults = root["defaults"] as? [String: Any] ?? [:]
        var servers: [String: String] = [:]
        for server in root["servers"] as? [[String: Any]] ?? [] {
            if let name = server["name"] as? String, let address = server["address"] as? String {
                servers[address] = name
            }
        }
        self.servers = servers
        identities = root["identities"] as? Bool ?? false
        names = root["names"] as? [String: [String]] ?? [:]
        cases = (root["cases"] as? [[String: Any]] ?? []).map { ConformanceCase($0, defaults) }
    }
}

/// One row of the table.
struct ConformanceCase: Sendable {
    let name: String
    let pod: String
    let call: SimulatedCall
    let expect: ConformanceExpectation
    /// Why an in-memory run does not play it.
    let skipped: Bool
    /// What nobody would look at, misspelt most likely.
    let unknownKeys: [String]

    init(_ row: [String: Any], _ defaults: [String: Any]) {
        let request = row["request"] as? [String: Any] ?? [:]
        func value(_ key: String) -> Any? { request[key] ?? row[key] ?? defaults[key] }
        name = row["name"] as? String ?? "?"
        unknownKeys = ConformanceKeys.unknown(in: row)
        pod = value("from") as? String ?? ""
        var call = SimulatedCall()
        call.mode = (value("mode") as? String).flatMap(SimulatedCall.Mode.init)
        call.address = value("address") as? String
        call.port = (value("port") as? Int).flatMap { UInt16(exactly: $0) }
        call.method = value("method") as? String
        call.path = value("path") as? String
        call.protocol = (value("protocol") as? String).flatMap(SimulatedCall.Application.init)
        var headers: [String: [String]] = [:]
        for (name, value) in value("headers") as? [String: Any] ?? [:] { headers[name] = Self.texts(value) }
        if let host = value("host") { headers["Host"] = Self.texts(host) }
        call.headers = headers
        // Where the harness calls from.
        if call.mode == .inbound || call.mode == .gateway { call.sourceAddress = "10.10.99.1" }
        let tls = value("tls") as? [String: Any]
        if let tls { call.secure(tls) }
        let token = value("token")
        call.jwtClaims = (token as? [String: Any]).map { JSONValue(yaml: $0) }
        self.call = call
        let deviation = (row["deviations"] as? [String: Any])?["simulate"] as? [String: Any]
        // Who signs is nothing that a simulation knows.
        let isStranger = tls?["authority"] != nil || (token != nil && call.jwtClaims == nil)
        skipped = deviation?["skip"] as? Bool ?? false || request["raw"] != nil || isStranger
        let expected = row["expect"] as? [String: Any] ?? [:]
        expect = ConformanceExpectation(expected.merging(deviation?["expect"] as? [String: Any] ?? [:]) { $1 })
    }

    static func texts(_ value: Any) -> [String] {
        if let list = value as? [Any] { return list.map { "\($0)" } }
        if let repeated = value as? [String: Any], let text = repeated["repeat"] as? String {
            return [String(repeating: text, count: repeated["times"] as? Int ?? 1)]
        }
        return ["\(value)"]
    }
}

/// What a row expects of an in-memory run.
struct ConformanceExpectation: Sendable {
    var error = ""
    var texts: [String: String] = [:]
    var clusters: [String: Double] = [:]
    var upstreams: [String: Double] = [:]
    var upstream: [String] = []
    var status: Int?
    /// The connection does not come about.
    var isRefused = false
    /// Nothing comes back, and the connection ends.
    var isClosed = false
    var details: [String] = []
    var body: String?
    /// How the server was spoken to; nil if that is not looked at.
    var seenTLS: SeenTLS?
    var seenHeaders: [String: [String]] = [:]
    var headers: [String: [String]] = [:]

    init(_ values: [String: Any]) {
        error = values["error"] as? String ?? ""
        for key in ["cluster", "route", "virtualHost", "listener", "filterChain"] {
            if let value = values[key] { texts[key] = "\(value)" }
        }
        clusters = Self.shares(values["clusters"])
        upstreams = Self.shares(values["upstreams"])
        upstream = values["upstream"].map(ConformanceCase.texts) ?? []
        status = values["status"] as? Int
        isRefused = values["status"] as? String == "refused"
        isClosed = values["reply"] as? String == "" && values["closed"] as? Bool == true
        details = values["details"].map(ConformanceCase.texts) ?? []
        body = values["body"] as? String
        let seen = values["seen"] as? [String: Any] ?? [:]
        for key in ["path", "host"] {
            if let value = seen[key] { texts["seen.\(key)"] = "\(value)" }
        }
        seenTLS = seen["tls"].map(SeenTLS.init)
        seenHeaders = (seen["headers"] as? [String: Any] ?? [:]).mapValues(ConformanceCase.texts)
        headers = (values["headers"] as? [String: Any] ?? [:]).mapValues(ConformanceCase.texts)
    }

    private static func shares(_ value: Any?) -> [String: Double] {
        let weights = (value as? [String: Any] ?? [:]).mapValues { Double("\($0)") ?? 0 }
        let total = weights.values.reduce(0, +)
        return total > 0 ? weights.mapValues { $0 / total } : [:]
    }
}
