import ArgumentParser
import Foundation
import KubernetesAPI
import KubernetesClient

/// `martlet proxy-config secret`: the certificates and roots of a pod's proxy.
struct ProxySecretCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Tells which certificates and roots a pod's proxy has.",
        usage: """
            martlet proxy-config secret POD[.NAMESPACE] [-n NAMESPACE] [-o text|json]
            martlet proxy-config secret -f CONFIG_DUMP
            """,
        discussion: "Keys are never printed, in no form of output.",
        aliases: ["secrets", "s"]
    )

    @Argument(help: "POD, POD.NAMESPACE or deploy/NAME.")
    var pod: String?

    @Option(name: [.customShort("f"), .customLong("file")], help: "A config dump that was saved.")
    var path: String?

    @Option(name: .shortAndLong, help: "The namespace of a pod without one.")
    var namespace: String?

    @Option(name: .shortAndLong, help: "How to print.")
    var output = SimulateCommand.Output.text

    @OptionGroup var connection: ClusterConnection

    func validate() throws {
        guard (pod == nil) != (path == nil) else {
            throw ValidationError("either POD[.NAMESPACE] or -f CONFIG_DUMP is needed")
        }
    }

    func run() async throws {
        let secrets = ProxySecrets(try await dump())
        switch output {
        case .json: FileHandle.standardOutput.writeLine(secrets.redacted.prettyText)
        case .text:
            print(secrets.text(now: Date()))
            for entry in secrets.entries {
                guard let reason = entry.missing else { continue }
                FileHandle.standardError.writeLine("\(entry.name): \(reason)")
            }
        }
    }

    private func dump() async throws -> JSONValue {
        if let path {
            guard let dump = ProxyDump.saved(at: path) else { throw ValidationError("-f \(path): is no config dump") }
            return dump
        }
        return try await connection.withClient { client in
            let reference = try PodReference(pod ?? "", namespace: namespace ?? client.endpoint.namespace)
            let object = try await reference.find(client)
            guard object.hasProxy else {
                throw CommandFailure("\(object.name).\(object.namespace) has no istio-proxy")
            }
            return try await ProxyPages(client: client).json("config_dump", of: object.objectName)
        }
    }
}
