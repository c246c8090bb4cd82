import Foundation

/// What the host must offer before a cluster can start; each lack is told with its remedy.
package enum Preflight {
    /// A tool, and the Debian package it comes in.
    private static let tools: [(String, String)] = [
        ("nft", "nftables"), ("iptables-restore", "iptables"), ("unshare", "util-linux"), ("setpriv", "util-linux"),
        ("mount", "mount"),
    ]

    /// Finds a program as a shell does, and in the directories that root's `PATH` has besides.
    package static func find(_ name: String, environment: [String: String]) -> String? {
        let path = (environment["PATH"] ?? "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"
        for directory in path.split(separator: ":") where directory.hasPrefix("/") {
            let file = "\(directory)/\(name)"
            if access(file, X_OK) == 0 { return file }
        }
        return nil
    }

    /// Throws the first thing that is missing.
    package static func check(environment: [String: String] = ProcessInfo.processInfo.environment) throws(ClusterError)
    {
        let missing = tools.filter { find($0.0, environment: environment) == nil }
        guard missing.isEmpty else {
            let names = missing.map { "`\($0.0)`" }.joined(separator: ", ")
            let packages = Set(missing.map(\.1)).sorted().joined(separator: " ")
            throw ClusterError("\(names) is not installed", remedy: "On Debian: apt-get install \(packages)")
        }
        guard geteuid() != 0 else { return }
        try checkUserNamespace(environment: environment)
    }

    /// Pods run as several users (a sidecar is 1337), so one mapped user is not enough.
    private static func checkUserNamespace(environment: [String: String]) throws(ClusterError) {
        guard find("newuidmap", environment: environment) != nil else {
            throw ClusterError(
                "without root, `newuidmap` is needed to give pods users of their own",
                remedy: "Install it (Debian: apt-get install uidmap), or start as root: sudo martlet up"
            )
        }
        let user = environment["USER"] ?? environment["LOGNAME"] ?? NSUserName()
        for file in ["/etc/subuid", "/etc/subgid"] {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let owners = text.split(separator: "\n").compactMap { $0.split(separator: ":").first.map(String.init) }
            guard owners.contains(user) || owners.contains(String(getuid())) else {
                throw ClusterError(
                    "without root, \(file) must give \(user) a range of ids",
                    remedy: "As root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 \(user)"
                )
            }
        }
        let restricted = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"
        if let text = try? String(contentsOfFile: restricted, encoding: .utf8), text.hasPrefix("1") {
            throw ClusterError(
                "this system does not let users make namespaces (apparmor_restrict_unprivileged_userns)",
                remedy: "Start as root: sudo martlet up"
            )
        }
    }
}
