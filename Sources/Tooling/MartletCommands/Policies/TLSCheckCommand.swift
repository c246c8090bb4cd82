import ArgumentParser
import ConfigSources
import Foundation
import KubernetesAPI
import KubernetesClient
import MeshConfig
import MeshSimulation

/// `martlet authn tls-check`: whether the way a pod calls services goes with what these accept.
struct TLSCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tls-check",
        abstract: "Tells for each port whether a pod's calls and the servers agree on mutual TLS.",
        usage: """
            martlet authn tls-check POD[.NAMESPACE] [SERVICE[.NAMESPACE]] [-n NAMESPACE] [-o text|json]
            martlet authn tls-check POD[.NAMESPACE] [SERVICE[.NAMESPACE]] -f FILE|DIR
            """,
        discussion: """
            STATUS is OK or CONFLICT. SERVER is what the workloads accept: mTLS, HTTP (no mutual TLS), HTTP/mTLS (both). \
            CLIENT is what the calls come with: mTLS, HTTP (as the application makes them), TLS (certificates of a rule). \
            AUTHN POLICY and DESTINATION RULE are the objects that decide, NAME/NAMESPACE, - where none does. Lines below \
            the table say what to change about conflicts.
            """
    )

    @Argument(help: "Who calls: POD, POD.NAMESPACE or deploy/NAME.")
    var pod: String

    @Argument(help: "What is called, as the pod would name it; all services that it knows when left out.")
    var service: String?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: "YAML file or folder to look at instead of a cluster; repeatable."
    )
    var paths: [String] = []

    @Option(name: .shortAndLong, help: "The namespace of a pod without one.")
    var namespace: String?

    @Option(name: .shortAndLong, help: "How to print.")
    var output = SimulateCommand.Output.text

    @OptionGroup var connection: ClusterConnection

    func run() async throws {
        let check = paths.isEmpty ? try await live() : try offline()
        let services: [MutualTLSCheck.Row]
        if let service {
            guard let found = check.service(service) else {
                throw CommandFailure("there is no service \(service) that \(pod) sees")
            }
            services = check.rows(of: found)
        } else {
            services = check.services.flatMap { check.rows(of: $0) }
        }
        switch output {
        case .json: try SimulateCommand.printJSON(services)
        case .text: print(Self.text(services))
        }
    }

    /// The table, and below it a line for each note.
    static func text(_ rows: [MutualTLSCheck.Row]) -> String {
        var table = TextTable(["HOST:PORT", "STATUS", "SERVER", "CLIENT", "AUTHN POLICY", "DESTINATION RULE"])
        var notes: [String] = []
        for row in rows {
            table.add([
                row.name, row.status.rawValue, row.server, row.client, row.authenticationPolicy ?? "-",
                row.destinationRule ?? "-",
            ])
            for note in row.notes {
                let line = "\(row.name): \(note)"
                if !notes.contains(line) { notes.append(line) }
            }
        }
        return ([table.text] + (notes.isEmpty ? [] : [""]) + notes).joined(separator: "\n")
    }

    private func offline() throws -> MutualTLSCheck {
        let configuration = SimulatedConfiguration(try ConfigurationFiles.load(paths))
        for diagnostic in configuration.diagnostics { warn(diagnostic.description) }
        let name = try PodReference(pod, namespace: namespace ?? "default").name
        let caller = CallerResolution.proxy(of: name.name, namespace: name.namespace, in: configuration)
        for note in caller.notes { warn(note) }
        return MutualTLSCheck(configuration, node: caller.node, caller: "\(name.name).\(name.namespace)")
    }

    private func live() async throws -> MutualTLSCheck {
        try await connection.withClient { client in
            let reference = try PodReference(pod, namespace: namespace ?? client.endpoint.namespace)
            let object = try await reference.find(client)
            let update: ConfigUpdate
            do {
                update = try await KubernetesConfigSource.once(client)
            } catch {
                throw CommandFailure("\(error)")
            }
            let configuration = SimulatedConfiguration([update])
            let caller = CallerResolution.proxy(of: object.name, namespace: object.namespace, in: configuration)
            return MutualTLSCheck(
                configuration,
                node: caller.node,
                caller: "\(object.name).\(object.namespace)",
                hasProxy: object.hasProxy,
                showsPlaces: false
            )
        }
    }

    private func warn(_ text: String) { FileHandle.standardError.writeLine(text) }
}
