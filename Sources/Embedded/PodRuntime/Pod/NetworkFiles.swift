import KubernetesAPI

/// `/etc/resolv.conf`, `/etc/hosts` and `/etc/hostname` of a pod.
struct NetworkFiles: Sendable, Hashable {
    var resolv: String
    var hosts: String
    var hostname: String

    init(pod: KubernetesObject, address: String, nameserver: String, clusterDomain: String, hostResolv: String) {
        hostname = Self.hostname(pod)
        resolv = Self.resolv(pod, nameserver, clusterDomain, hostResolv)
        var names = [hostname]
        if let subdomain = pod["spec", "subdomain"]?.string, !subdomain.isEmpty {
            names.insert("\(hostname).\(subdomain).\(pod.namespace).svc.\(clusterDomain)", at: 0)
        }
        var lines = [
            "# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback",
            "fe00::0\tip6-localnet", "fe00::0\tip6-mcastprefix", "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters",
            "\(address)\t\(names.joined(separator: "\t"))",
        ]
        let aliases = pod["spec", "hostAliases"]?.array ?? []
        if !aliases.isEmpty { lines += ["", "# Entries added by HostAliases."] }
        for alias in aliases {
            let names = (alias["hostnames"]?.array ?? []).compactMap(\.string)
            lines.append(([alias["ip"]?.string ?? ""] + names).joined(separator: "\t"))
        }
        hosts = lines.joined(separator: "\n") + "\n"
    }

    /// `spec.hostname` or the pod's name, 63 characters at most.
    static func hostname(_ pod: KubernetesObject) -> String {
        let name = pod["spec", "hostname"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? pod.name
        var short = name.prefix(63)
        while let last = short.last, last == "-" || last == "." { short.removeLast() }
        return String(short)
    }

    private static func resolv(
        _ pod: KubernetesObject,
        _ nameserver: String,
        _ domain: String,
        _ hostResolv: String
    ) -> String {
        var servers: [String] = []
        var searches: [String] = []
        var options: [String] = []
        switch pod["spec", "dnsPolicy"]?.string ?? "ClusterFirst" {
        case "None": break
        case "Default":
            for line in hostResolv.split(separator: "\n") {
                let fields = line.split(whereSeparator: \.isWhitespace).map(String.init)
                switch fields.first {
                case "nameserver": servers += fields.dropFirst()
                case "search": searches = Array(fields.dropFirst())
                case "options": options += fields.dropFirst()
                default: break
                }
            }
        default:
            servers = [nameserver]
            searches = ["\(pod.namespace).svc.\(domain)", "svc.\(domain)", domain]
            options = ["ndots:5"]
        }
        let config = pod["spec", "dnsConfig"]
        servers += (config?["nameservers"]?.array ?? []).compactMap(\.string)
        for search in (config?["searches"]?.array ?? []).compactMap(\.string) where !searches.contains(search) {
            searches.append(search)
        }
        for option in config?["options"]?.array ?? [] {
            guard let name = option["name"]?.string else { continue }
            options.removeAll { $0 == name || $0.hasPrefix(name + ":") }
            options.append(option["value"]?.string.map { "\(name):\($0)" } ?? name)
        }
        var lines: [String] = []
        if !searches.isEmpty { lines.append("search " + searches.joined(separator: " ")) }
        lines += servers.prefix(3).map { "nameserver \($0)" }
        if !options.isEmpty { lines.append("options " + options.joined(separator: " ")) }
        return lines.joined(separator: "\n") + "\n"
    }
}
