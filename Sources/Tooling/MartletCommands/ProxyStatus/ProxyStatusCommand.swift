import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient

/// `martlet proxy-status`: what the control plane has sent to whom, and until when their certificates are valid.
struct ProxyStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy-status",
        abstract: "Tells what the control plane has sent to each proxy, and when their certificates expire.",
        usage: "martlet proxy-status [POD[.NAMESPACE]] [-n NAMESPACE] [-v 0|1] [--no-certs] [-o text|json]",
        discussion: """
            The control plane's /debug/syncz is read through `portforward` of its pods; certificates through each proxy's \
            /certs (exec of `pilot-agent`). CERT is the time until the proxy's certificate expires, - where that is not \
            known.
            """,
        aliases: ["ps"]
    )

    @Argument(help: "One proxy: POD or POD.NAMESPACE.")
    var pod: String?

    @Option(name: .shortAndLong, help: "Proxies of this namespace alone.")
    var namespace: String?

    @Option(name: [.customShort("i"), .customLong("istioNamespace")], help: "The namespace of the control plane.")
    var istioNamespace = "istio-system"

    @Option(name: [.customShort("v"), .customLong("verbosity")], help: "0: the types; 1: a column for each type.")
    var verbosity = 0

    @Flag(inversion: .prefixedNo, help: "Ask every proxy for its certificate.")
    var certs = true

    @Option(name: .shortAndLong, help: "How to print.")
    var output = SimulateCommand.Output.text

    @OptionGroup var connection: ClusterConnection

    /// The port of the control plane's debug pages.
    private static let monitoringPort: UInt16 = 15014

    func run() async throws {
        try await connection.withClient { client in
            var rows = try await rows(client)
            if let pod {
                let name = try PodReference(pod, namespace: namespace ?? client.endpoint.namespace).name
                rows = rows.filter { $0.isOf(name) }
                guard !rows.isEmpty else {
                    throw CommandFailure("no control plane serves \(name.name).\(name.namespace)")
                }
            } else if let namespace {
                rows = rows.filter { $0.name.hasSuffix(".\(namespace)") }
            }
            if certs { await ask(client, &rows) }
            switch output {
            case .json: try SimulateCommand.printJSON(rows)
            case .text: print(ProxyStatusRow.table(rows, verbosity: verbosity, now: Date()))
            }
        }
    }

    /// What every control plane says.
    private func rows(_ client: KubernetesClient) async throws -> [ProxyStatusRow] {
        let planes: [KubernetesObject]
        do {
            let labels = LabelSelector(labels: ["app": "istiod"])
            planes = try await client.list(.pods, ListOptions(namespace: istioNamespace, labels: labels)).items
        } catch {
            throw CommandFailure("the pods of \(istioNamespace) cannot be listed: \(error.message)")
        }
        let running = planes.filter { $0["status", "phase"]?.string == "Running" && $0.deletionTimestamp == nil }
        guard !running.isEmpty else {
            throw CommandFailure("there is no running pod with the label app=istiod in namespace \(istioNamespace)")
        }
        var rows: [ProxyStatusRow] = []
        for plane in running {
            let page: (status: Int, body: [UInt8])
            do {
                page = try await client.page("/debug/syncz", of: plane.objectName, port: Self.monitoringPort)
            } catch {
                throw CommandFailure("\(plane.objectName): \(error.message)")
            }
            guard page.status == 200, let value = try? JSONValue(json: page.body), let list = value.array else {
                let said = String(decoding: page.body.prefix(200), as: UTF8.self)
                throw CommandFailure("\(plane.objectName): /debug/syncz answers \(page.status): \(said)")
            }
            rows += list.compactMap { ProxyStatusRow($0, plane: plane.name) }
        }
        return ProxyStatusRow.joined(rows)
    }

    /// Asks the proxies for their certificates, some at a time.
    private func ask(_ client: KubernetesClient, _ rows: inout [ProxyStatusRow]) async {
        let pages = ProxyPages(client: client)
        let names = Set(rows.compactMap(\.pod))
        let expiries = await withTaskGroup(of: (ObjectName, String?).self) { group in
            var waiting = names.sorted { ($0.namespace, $0.name) < ($1.namespace, $1.name) }[...]
            var found: [ObjectName: String] = [:]
            func start() {
                guard let pod = waiting.popFirst() else { return }
                group.addTask {
                    let answer = try? await pages.json("certs", of: pod, timeout: .seconds(10))
                    return (pod, answer.flatMap(ProxyStatusRow.expiry))
                }
            }
            for _ in 0..<ClusterDirectory.width { start() }
            for await (pod, expiry) in group {
                found[pod] = expiry
                start()
            }
            return found
        }
        for index in rows.indices { rows[index].certificateExpiry = rows[index].pod.flatMap { expiries[$0] } }
    }
}
