import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient
import MeshConfig
import MeshSimulation

/// `martlet x authz check`: the AuthorizationPolicies that a proxy enforces.
struct AuthzCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Tells which AuthorizationPolicies a pod's proxy enforces.",
        usage: """
            martlet x authz check POD[.NAMESPACE] [-n NAMESPACE] [-o text|json]
            martlet x authz check POD[.NAMESPACE] -f FILE|DIR
            martlet x authz check -f CONFIG_DUMP
            """,
        discussion: """
            It reads the proxy's own /config_dump, one that was saved (-f with a JSON file of `configs`), or what the control \
            plane would send for YAML files.
            """
    )

    @Argument(help: "POD, POD.NAMESPACE or deploy/NAME.")
    var pod: String?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: "A config dump, or YAML files and folders; repeatable."
    )
    var paths: [String] = []

    @Option(name: .shortAndLong, help: "The namespace of a pod without one.")
    var namespace: String?

    @Option(name: .shortAndLong, help: "How to print.")
    var output = SimulateCommand.Output.text

    @OptionGroup var connection: ClusterConnection

    func validate() throws {
        if pod == nil, paths.isEmpty { throw ValidationError("POD[.NAMESPACE] or -f CONFIG_DUMP is needed") }
    }

    func run() async throws {
        let listing = AuthorizationListing(try await sets())
        switch output {
        case .json: try SimulateCommand.printJSON(listing.rows)
        case .text:
            print(listing.text)
            if listing.rows.isEmpty { warn("no AuthorizationPolicy is enforced: every call is allowed") }
        }
    }

    private func sets() async throws -> [AuthorizationRuleSet] {
        if paths.count == 1, let dump = ProxyDump.saved(at: paths[0]) { return AuthorizationRuleSet.sets(in: dump) }
        guard let pod else {
            throw ValidationError(
                "-f \(paths.joined(separator: ", ")): is no config dump, so that POD[.NAMESPACE] is needed"
            )
        }
        guard paths.isEmpty else {
            let configuration = SimulatedConfiguration(try ConfigurationFiles.load(paths))
            for diagnostic in configuration.diagnostics { warn(diagnostic.description) }
            let name = try PodReference(pod, namespace: namespace ?? "default").name
            let proxy = CallerResolution.proxy(of: name.name, namespace: name.namespace, in: configuration)
            for note in proxy.notes { warn(note) }
            return AuthorizationRuleSet.generated(for: proxy.node, in: configuration)
        }
        return try await connection.withClient { client in
            let reference = try PodReference(pod, namespace: namespace ?? client.endpoint.namespace)
            let object = try await reference.find(client)
            guard object.hasProxy else {
                throw CommandFailure(
                    "\(object.name).\(object.namespace) has no istio-proxy, so that nothing is enforced"
                )
            }
            let dump = try await ProxyPages(client: client).json("config_dump", of: object.objectName)
            return AuthorizationRuleSet.sets(in: dump)
        }
    }

    private func warn(_ text: String) { FileHandle.standardError.writeLine(text) }
}
