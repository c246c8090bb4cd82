package import Logging
internal import Subprocess
internal import SystemPackage

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Puts capture rules into the kernel and takes them out again, by iptables' own programs.
package struct CaptureInstaller: Sendable {
    private let options: CaptureOptions
    private let networkNamespace: String?
    private let variant: String?
    private let logger: Logger

    /// `networkNamespace` is a path such as /proc/42/ns/net, nil for our own; `variant` is `nft` or `legacy`, nil for
    /// what the system has as its default.
    package init(options: CaptureOptions, networkNamespace: String?, variant: String?, logger: Logger) {
        self.options = options
        self.networkNamespace = networkNamespace
        self.variant = variant
        self.logger = logger
    }

    /// The families the kernel has.
    private var families: [Bool] { Self.hasIPv6 ? [false, true] : [false] }

    private static var hasIPv6: Bool { access("/proc/net/if_inet6", R_OK) == 0 }

    /// Sets the rules; what was there of ours is replaced in one transaction for each table, so that running it again
    /// changes nothing and running it with other flags leaves no rest.
    package func apply() async throws {
        for isIPv6 in families {
            let rules = CaptureRules(options, isIPv6: isIPv6)
            try await restore(rules, isIPv6)
            if options.mode == .tproxy { try await route(isIPv6) }
            if isIPv6, options.mode != .none { await addPassthroughSource() }
        }
    }

    /// Takes out what is there of ours.
    package func cleanUp() async throws {
        for isIPv6 in families {
            let present = try await presence(isIPv6)
            guard !present.isEmpty else { continue }
            var nothing = options
            nothing.mode = .none
            // The rules of the kernel's chains are known by what these flags would have set.
            let wanted = CaptureRules(options, isIPv6: isIPv6)
            let text = CaptureRules(nothing, isIPv6: isIPv6).restoreText(replacing: present, knowing: wanted)
            try await run(tool("restore", isIPv6), ["--noflush", "--wait"], input: text)
            if options.mode == .tproxy { await unroute(isIPv6) }
            if isIPv6 { await removePassthroughSource() }
        }
    }

    private func restore(_ rules: CaptureRules, _ isIPv6: Bool) async throws {
        let present = try await presence(isIPv6)
        let text = rules.restoreText(replacing: present)
        guard !text.isEmpty else { return }
        let program = try tool("restore", isIPv6)
        logger.debug("rules", metadata: ["program": "\(program)", "text": "\(text)"])
        try await run(program, ["--noflush", "--wait"], input: text)
        logger.info(
            present.isEmpty ? "capture rules set" : "capture rules set anew",
            metadata: ["program": "\(program)", "rules": "\(rules.rules.count)"]
        )
    }

    private func presence(_ isIPv6: Bool) async throws -> CapturePresence {
        CapturePresence(saved: try await run(tool("save", isIPv6), []))
    }

    /// The address that the proxy's connections to its workload start from; of IPv4's every 127.0.0.0/8 is there.
    private func addPassthroughSource() async {
        do {
            let ip = try Self.find("ip")
            // Where IPv6 is switched off nobody needs it.
            guard try await run(ip, ["-6", "addr", "show", "dev", "lo"]).contains("::1/128") else { return }
            try await run(ip, ["-6", "addr", "replace", CaptureRules.passthroughSourceV6, "dev", "lo"])
        } catch {
            logger.warning(
                "no IPv6 connection reaches the workload: its loopback did not get the proxy's source address",
                metadata: ["address": "\(CaptureRules.passthroughSourceV6)", "error": "\(error)"]
            )
        }
    }

    private func removePassthroughSource() async {
        guard let ip = try? Self.find("ip") else { return }
        _ = try? await run(ip, ["-6", "addr", "del", CaptureRules.passthroughSourceV6, "dev", "lo"])
    }

    // Marked packets are for this machine, whatever their address.
    private func route(_ isIPv6: Bool) async throws {
        await unroute(isIPv6)
        let ip = try Self.find("ip")
        let family = isIPv6 ? "inet6" : "inet"
        let (mark, table) = ("\(options.mark)", "\(options.routeTable)")
        try await run(ip, ["-f", family, "rule", "add", "fwmark", mark, "lookup", table])
        try await run(ip, ["-f", family, "route", "replace", "local", "default", "dev", "lo", "table", table])
    }

    private func unroute(_ isIPv6: Bool) async {
        guard let ip = try? Self.find("ip") else { return }
        let family = isIPv6 ? "inet6" : "inet"
        let (mark, table) = ("\(options.mark)", "\(options.routeTable)")
        _ = try? await run(ip, ["-f", family, "rule", "del", "fwmark", mark, "lookup", table])
        _ = try? await run(ip, ["-f", family, "route", "flush", "table", table])
    }

    private func tool(_ action: String, _ isIPv6: Bool) throws(CaptureError) -> String {
        let family = isIPv6 ? "ip6tables" : "iptables"
        let middle = variant.map { "-\($0)" } ?? ""
        return try Self.find("\(family)\(middle)-\(action)")
    }

    private static func find(_ name: String) throws(CaptureError) -> String {
        let path = ProxyEnvironment.current["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/bin", "/bin"]
        for folder in folders where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        throw .missingTool(name)
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String], input: String = "") async throws -> String {
        var command = [program] + arguments
        if let networkNamespace { command = [try Self.find("nsenter"), "--net=\(networkNamespace)"] + command }
        let result = try await Subprocess.run(
            .path(FilePath(command[0])),
            arguments: Arguments(Array(command.dropFirst())),
            input: .string(input),
            output: .string(limit: 4 << 20),
            error: .string(limit: 1 << 16)
        )
        let name = program.split(separator: "/").last.map(String.init) ?? program
        guard case .exited(0) = result.terminationStatus else {
            let reason = result.standardError.split(whereSeparator: \.isNewline).prefix(3).joined(separator: "; ")
            if reason.contains("Permission denied") || reason.contains("Operation not permitted") {
                throw CaptureError.notPermitted(tool: name)
            }
            throw CaptureError.failed(tool: name, reason: reason.isEmpty ? "\(result.terminationStatus)" : reason)
        }
        return result.standardOutput
    }
}
