import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient
import MeshSimulation
import MeshTelemetry

/// `martlet explain`: what the proxies decided about a request that is over, by its `x-request-id`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells what the proxies decided about a request, hop by hop.",
        usage: """
            martlet explain REQUEST_ID [--pod POD.NAMESPACE] [-n NAMESPACE] [-f FILE|DIR]... [-o text|json]
            martlet explain --last N --pod POD.NAMESPACE
            martlet explain REQUEST_ID --admin HOST:PORT
            """,
        discussion: """
            Every proxy of martlet's own engine remembers its last requests. The cluster's proxies are asked through its API \
            (exec of `pilot-agent` in the containers istio-proxy), or one proxy through its admin interface.
            """
    )

    @Argument(help: "The x-request-id, as it was sent or as a gateway made it.")
    var requestID: String?

    @Option(help: "The last N requests instead of one id.")
    var last: Int?

    @Option(help: "Ask this pod alone: POD.NAMESPACE, or POD with -n.")
    var pod: String?

    @Option(name: .shortAndLong, help: "Ask the pods of this namespace alone.")
    var namespace: String?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: "YAML that rules are to be found in; repeatable."
    )
    var paths: [String] = []

    @Option(help: "Ask one proxy by its admin interface, HOST:PORT; no cluster is needed.")
    var admin: String?

    @Option(name: .shortAndLong, help: "How to print.")
    var output = SimulateCommand.Output.text

    @OptionGroup var connection: ClusterConnection

    func validate() throws {
        guard (requestID == nil) != (last == nil) else {
            throw ValidationError("either a REQUEST_ID or --last N is needed")
        }
        if let requestID, requestID.isEmpty { throw ValidationError("REQUEST_ID must not be empty") }
        if let last {
            guard (1...1000).contains(last) else { throw ValidationError("--last \(last): must be 1 to 1000") }
            guard pod != nil || admin != nil else {
                throw ValidationError("--last needs --pod POD.NAMESPACE or --admin HOST:PORT")
            }
        }
        if admin != nil, pod != nil || namespace != nil {
            throw ValidationError("--admin names one proxy; --pod and -n name pods of a cluster")
        }
    }

    func run() async throws {
        var objects = RuleObjects()
        if !paths.isEmpty { objects.files = SimulatedConfiguration(try ConfigurationFiles.load(paths)) }
        if let admin {
            return try await explain(AdminDirectory(admin), objects, pods: [:])
        }
        let client = try connection.client()
        objects.client = client
        do {
            let found = try await pods(client)
            let directory = ClusterDirectory(client: client, pods: found.proxies)
            try await explain(directory, objects, pods: found.names)
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
    }

    private func explain(_ directory: some ProxyDirectory, _ objects: RuleObjects, pods: [String: String]) async throws
    {
        let request = requestID.map { DecisionRequest.requestID($0) } ?? .last(last ?? 1)
        let answers = await directory.ask(request)
        var report = ExplainReport(requestID: requestID, answers)
        for id in report.otherIDs {
            report.merge(ExplainReport(requestID: id, await directory.ask(.requestID(id))))
        }
        report.name(pods)
        await objects.describe(&report)
        if output == .json {
            try SimulateCommand.printJSON(report)
        } else {
            if !report.hops.isEmpty { print(report.text) }
            for problem in report.problems { FileHandle.standardError.writeLine(problem) }
        }
        guard report.hops.isEmpty else { return }
        FileHandle.standardError.writeLine(Self.nothing(requestID, answers))
        throw ExitCode.failure
    }

    /// Why nothing was found, as far as that can be said.
    static func nothing(_ requestID: String?, _ answers: [ProxyAnswer]) -> String {
        var memory = RequestDecisions.Memory()
        var count = 0
        for case .decisions(let decisions) in answers.map(\.outcome) {
            memory.merge(decisions.memory)
            count += 1
        }
        guard count > 0 else { return "no proxy could tell" }
        let who = "\(count) prox\(count == 1 ? "y" : "ies")"
        guard let requestID else { return "\(who) served no request yet" }
        guard memory.requests > 0, let oldest = memory.oldestSeconds else {
            return "\(requestID): \(who) remember\(count == 1 ? "s" : "") no request at all"
        }
        return """
            \(requestID): no such request is remembered by \(who), which hold \(memory.requests) of \(memory.total) requests \
            (\(memory.bytes >> 10) KiB); the oldest came \(Int(oldest.rounded())) s ago
            """
    }

    // MARK: Pods

    /// The pods to ask, and the names of all pods by address.
    private func pods(_ client: KubernetesClient) async throws -> (proxies: [ObjectName], names: [String: String]) {
        let wanted = try pod.map { try Self.podName($0, namespace: namespace ?? client.endpoint.namespace) }
        let listed: [KubernetesObject]
        do {
            listed = try await client.list(.pods, ListOptions(namespace: wanted?.namespace ?? namespace)).items
        } catch {
            throw ValidationError("the pods cannot be listed: \(error.message)")
        }
        var names: [String: String] = [:]
        // Who may not see other namespaces gets addresses alone.
        let everywhere = wanted == nil && namespace == nil
        let all = everywhere ? listed : (try? await client.list(.pods, ListOptions()).items) ?? listed
        for object in all {
            guard let address = object["status", "podIP"]?.string, !address.isEmpty else { continue }
            names[address] = "\(object.name).\(object.namespace)"
        }
        var proxies = ClusterDirectory.pods(among: listed)
        if let wanted {
            proxies = proxies.filter { $0 == wanted }
            // A Deployment's name will do.
            if proxies.isEmpty {
                proxies = ClusterDirectory.pods(among: listed).filter { $0.name.hasPrefix("\(wanted.name)-") }
            }
        }
        guard !proxies.isEmpty else {
            let place =
                wanted.map { "pod \($0.name) of namespace \($0.namespace)" } ?? namespace.map { "namespace \($0)" }
            throw ValidationError("there is no running istio-proxy in \(place ?? "the cluster")")
        }
        return (proxies, names)
    }

    /// `POD.NAMESPACE`, or `POD` in `namespace`. Pods' names may have dots, namespaces' have none.
    static func podName(_ text: String, namespace: String) throws -> ObjectName {
        guard let dot = text.lastIndex(of: ".") else { return ObjectName(namespace: namespace, name: text) }
        let name = ObjectName(namespace: String(text[text.index(after: dot)...]), name: String(text[..<dot]))
        guard !name.name.isEmpty, !name.namespace.isEmpty else {
            throw ValidationError("--pod \"\(text)\": must be POD.NAMESPACE")
        }
        return name
    }
}
