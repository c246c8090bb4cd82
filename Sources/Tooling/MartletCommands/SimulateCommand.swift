import ArgumentParser
import Foundation
import KubernetesAPI
import MeshConfig
import MeshModel
import MeshSimulation

/// `martlet simulate`: what a call would do, by the resources the proxy would be sent and read as the proxy reads them.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Tells what a proxy would do with a call, without sending one.",
        usage: """
            martlet simulate -f FILE|DIR --from POD.NAMESPACE METHOD URL [-H 'name: value']... [-o text|json]
            martlet simulate -f FILE|DIR --to POD.NAMESPACE [--from POD.NAMESPACE] METHOD URL [--tls plaintext|tls|mtls]
                [--principal TRUST_DOMAIN/ns/NS/sa/ACCOUNT] [--source ADDRESS] [--claim name=value]...
            martlet simulate -f FILE|DIR --request FILE|-
            """,
        discussion: """
            With --from alone, the caller's proxy is asked, and then the sidecars that the call would come to. With --to, the
            proxy of the pod that is called is asked; --from then says who calls, by mutual TLS.
            """
    )

    /// How the friendly form prints.
    enum Output: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
    }

    @Option(name: [.customShort("f"), .customLong("filename")], help: "YAML file or folder; may be repeated.")
    var paths: [String]

    @Option(help: "A JSON request, or - for standard input.")
    var request: String?

    @Option(help: "The caller, POD.NAMESPACE.")
    var from: String?

    @Option(help: "The pod that is called, POD.NAMESPACE; its proxy is asked about the call as it comes in.")
    var to: String?

    @Option(help: "How bytes come to the proxy: plaintext, tls, or mtls (a caller with a certificate of the mesh).")
    var tls: SimulatedCall.Security?

    @Option(help: "Who calls by mutual TLS, TRUST_DOMAIN/ns/NAMESPACE/sa/ACCOUNT.")
    var principal: String?

    @Option(help: "The caller's address.")
    var source: String?

    @Option(
        name: .customLong("claim"),
        help:
            "A claim of the request's token, name=value; the value as JSON, or else text. The signature counts as good."
    )
    var claims: [String] = []

    @Option(name: [.customShort("H"), .customLong("header")], help: "A request header, 'name: value'.")
    var headers: [String] = []

    @Option(name: .shortAndLong, help: "How to print.")
    var output = Output.text

    @Argument(help: "The method and the URL; the method may be left out.")
    var target: [String] = []

    func run() throws {
        if let request {
            try answer(request)
        } else {
            try explain()
        }
    }

    private func explain() throws {
        guard from ?? to != nil, let url = target.last, target.count <= 2 else {
            throw ValidationError("--from or --to POD.NAMESPACE and [METHOD] URL are needed, or --request")
        }
        var fields: [(name: String, value: String)] = []
        for header in headers {
            guard let colon = header.firstIndex(of: ":"), colon != header.startIndex else {
                throw ValidationError("-H \"\(header)\": must be 'name: value'")
            }
            let value = header[header.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            fields.append((String(header[..<colon]), value))
        }
        let configuration = try load(settings: nil)
        let method = target.count == 2 ? target[0] : "GET"
        let resolved: (node: ProxyNode, call: SimulatedCall, notes: [String])
        if let to {
            let callee = try CalleeResolution(
                to: to,
                from: from,
                method: method,
                url: url,
                headers: fields,
                in: configuration
            )
            resolved = (callee.node, callee.call, callee.notes)
        } else {
            let caller = try CallerResolution(
                from: from ?? "",
                method: method,
                url: url,
                headers: fields,
                in: configuration
            )
            resolved = (caller.node, caller.call, caller.notes)
        }
        for note in resolved.notes { warn(note) }
        let call = try secured(resolved.call)
        let simulation = ProxySimulation(configuration, node: resolved.node)
        var result = simulation.result(of: call, now: Self.now)
        result.explain.arrivals = simulation.arrivals(of: call, result, now: Self.now)
        switch output {
        case .text: print(result.text)
        case .json: try Self.printJSON(result)
        }
        if result.error != .none { throw ExitCode.failure }
    }

    /// The call with what the flags say of its transport and token.
    private func secured(_ call: SimulatedCall) throws -> SimulatedCall {
        var call = call
        if let principal {
            call.sourcePrincipal = principal
            if tls == nil { call.tls = .mtls }
        }
        if let tls { call.tls = tls }
        if let source { call.sourceAddress = source }
        var members: [String: JSONValue] = [:]
        for claim in claims {
            guard let equals = claim.firstIndex(of: "="), equals != claim.startIndex else {
                throw ValidationError("--claim \"\(claim)\": must be name=value")
            }
            let text = String(claim[claim.index(after: equals)...])
            let value = try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
            members[String(claim[..<equals])] = value ?? .string(text)
        }
        if !members.isEmpty { call.jwtClaims = .object(members) }
        return call
    }

    /// Seconds since 1970.
    private static var now: Int64 { Int64(Date().timeIntervalSince1970) }

    private func answer(_ path: String) throws {
        let data =
            path == "-"
            ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
        guard let data else { throw ValidationError("--request \(path): cannot be read") }
        let request: SimulationRequest
        do {
            request = try JSONDecoder().decode(SimulationRequest.self, from: data)
        } catch let error as DecodingError {
            throw ValidationError("the request is not understood: \(error.explanation)")
        }
        for name in (request.env ?? [:]).keys.sorted() {
            warn("env \(name) is not known to this control plane and ignored")
        }
        let settings = request.mesh.map { MeshConfigurationSource(text: $0.jsonText, file: "<request>.mesh") }
        let configuration = try load(settings: settings)
        if let settings, let fault = configuration.errors(in: settings.file).first {
            throw ValidationError("the request's mesh settings are not taken: \(fault)")
        }
        let simulation = ProxySimulation(configuration, node: try request.proxy.node(in: configuration.mesh))
        for refusal in simulation.refusals { warn(refusal) }
        try Self.printJSON(simulation.answer(calls: request.calls ?? [], routes: request.routes ?? [], now: Self.now))
    }

    private func load(settings: MeshConfigurationSource?) throws -> SimulatedConfiguration {
        let configuration = SimulatedConfiguration(try ConfigurationFiles.load(paths), settings: settings)
        for diagnostic in configuration.diagnostics { warn(diagnostic.description) }
        return configuration
    }

    private func warn(_ text: String) { FileHandle.standardError.writeLine(text) }

    /// Prints JSON for people and programs: indented, in order of names.
    static func printJSON(_ value: some Encodable) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        FileHandle.standardOutput.writeLine(String(decoding: try encoder.encode(value), as: UTF8.self))
    }
}

extension SimulatedCall.Security: ExpressibleByArgument {}

extension SimulatedProxy {
    /// The node that a request describes; what it leaves out is taken from the rest.
    func node(in mesh: MeshSnapshot) throws -> ProxyNode {
        let kind = type ?? "sidecar"
        guard ["sidecar", "router"].contains(kind) else {
            throw ValidationError("proxy.type \"\(kind)\": must be sidecar or router")
        }
        let dotted = (id ?? "").split(separator: ".", maxSplits: 1).map(String.init)
        let space = namespace ?? (dotted.count > 1 ? dotted[1] : "default")
        let pod = dotted.first ?? "proxy"
        let addresses = ipAddresses.flatMap { $0.isEmpty ? nil : $0 } ?? ["1.1.1.1"]
        let domain = dnsDomain ?? "\(space).svc.\(mesh.cluster.domain)"
        var values = (metadata ?? [:]).mapValues(\.nodeValue)
        values["NAMESPACE"] = .string(space)
        values["INSTANCE_IPS"] = .string(addresses.joined(separator: ","))
        if let labels { values["LABELS"] = .object(labels.mapValues { .string($0) }) }
        do {
            return try ProxyNode(
                nodeID: "\(kind)~\(addresses.first ?? "1.1.1.1")~\(pod).\(space)~\(domain)",
                metadata: values
            )
        } catch {
            throw ValidationError("proxy: \(error)")
        }
    }
}

extension DecodingError {
    /// The field and what is wrong with it.
    var explanation: String {
        func text(_ context: Context) -> String {
            let path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
            let cause = (context.underlyingError as NSError?)?.userInfo[NSDebugDescriptionErrorKey] as? String
            let text = context.debugDescription + (cause.map { " \($0)" } ?? "")
            return path.isEmpty ? text : "\(path): \(text)"
        }
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            return text(context)
        @unknown default:
            return "\(self)"
        }
    }
}
