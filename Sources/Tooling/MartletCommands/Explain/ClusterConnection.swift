import ArgumentParser
import EmbeddedCluster
import Foundation
import KubernetesClient
import Logging

/// Which cluster a command talks to: `--kubeconfig`, KUBECONFIG, the cluster of `martlet up`, `~/.kube/config`.
struct ClusterConnection: ParsableArguments {
    @Option(help: "The kubeconfig file; otherwise KUBECONFIG, a running `martlet up`, or ~/.kube/config.")
    var kubeconfig: String?

    @Option(help: "The context of the kubeconfig.")
    var context: String?

    @OptionGroup var home: HomeOption

    /// A client that must be shut down.
    func client() throws -> KubernetesClient {
        var logger = Logger(label: "martlet")
        logger.logLevel = .error
        do {
            let endpoint = try KubernetesEndpoint.kubeconfig(at: try path(), context: context)
            return try KubernetesClient(endpoint: endpoint, logger: logger)
        } catch let error as KubernetesEndpointError {
            throw ValidationError("\(error)")
        }
    }

    private func path() throws -> String {
        if let kubeconfig { return kubeconfig }
        let environment = ProcessInfo.processInfo.environment
        // kubectl merges several; the first one that is there is what its current context comes from.
        for path in (environment["KUBECONFIG"] ?? "").split(separator: ":").map(String.init)
        where FileManager.default.fileExists(atPath: path) {
            return path
        }
        if home.directory.isRunning { return home.directory.kubeconfig }
        let standard = (environment["HOME"] ?? "/root") + "/.kube/config"
        guard FileManager.default.fileExists(atPath: standard) else {
            throw ValidationError(
                "there is no cluster to ask: start one (martlet up), set KUBECONFIG, or name a proxy with --admin HOST:PORT"
            )
        }
        return standard
    }
}
