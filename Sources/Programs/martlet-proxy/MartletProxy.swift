import ArgumentParser

/// The proxy program of a pod; also what Istio's images call `pilot-agent`.
struct MartletProxy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-proxy",
        abstract: "The sidecar of one workload: asks the control plane by xDS and carries the requests.",
        discussion: "Without a subcommand it is `run`; see `martlet-proxy run --help`.",
        subcommands: [
            RunCommand.self, ProxyCommand.self, WaitCommand.self, RequestCommand.self, CaptureCommand.self,
            VersionCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}

@main
enum Program {
    static func main() async {
        await MartletProxy.main(arguments(CommandLine.arguments))
    }

    /// The arguments by our names: injected pods call the program `pilot-agent`, by its name or by its first argument,
    /// and write booleans as `--flag=true`.
    static func arguments(_ all: [String]) -> [String] {
        var rest = Array(all.dropFirst())
        let name = all.first?.split(separator: "/").last.map(String.init)
        if rest.first == "pilot-agent" { rest.removeFirst() }
        if name == "istio-iptables", rest.first != "istio-iptables" { rest.insert("istio-iptables", at: 0) }
        // Only Istio's own commands take Go's way of writing; a value of `run` may well be `x=true`.
        guard let command = rest.first, ["istio-iptables", "proxy"].contains(command) else { return rest }
        return rest.compactMap { argument in
            guard argument.hasPrefix("--"), let equals = argument.firstIndex(of: "=") else { return argument }
            let flag = String(argument[argument.index(argument.startIndex, offsetBy: 2)..<equals])
            guard CaptureCommand.switches.contains(flag) else { return argument }
            return switch argument[argument.index(after: equals)...] {
            case "true", "1": "--\(flag)"
            case "false", "0": nil
            default: argument
            }
        }
    }
}
