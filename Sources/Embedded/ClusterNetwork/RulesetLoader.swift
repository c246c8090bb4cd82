import CNetworkNamespace
import Glibc

/// Hands a ruleset to nft(8) in the network namespace of the calling thread.
enum RulesetLoader {
    /// Blocks until nft ends.
    ///
    /// Both of its ends are files in memory, so that no pipe can fill. Where somebody else collects this process's
    /// children, what nft said tells how it ended.
    static func load(_ ruleset: String) throws(PodNetworkError) {
        let input = martlet_memory_file("martlet-ruleset")
        let output = martlet_memory_file("martlet-nft")
        defer {
            close(input)
            close(output)
        }
        guard input >= 0, output >= 0 else { throw failure("make a file in memory", errno) }
        var rest = Array(ruleset.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure("write the ruleset", errno) }
            rest = rest.dropFirst(count)
        }
        lseek(input, 0, SEEK_SET)
        let process = try spawn(input: input, output: output)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            if errno == EINTR { continue }
            status = 0
            break
        }
        let words = contents(of: output)
        guard status == 0, words.isEmpty else {
            throw PodNetworkError("nft refused the Services' rules: \(words.isEmpty ? "status \(status)" : words)")
        }
    }

    private static func spawn(input: Int32, output: Int32) throws(PodNetworkError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        let arguments = (["nft", "-f", "-"] as [String]).map { strdup($0) }
        let environment = (["PATH=/usr/sbin:/sbin:/usr/bin:/bin", "LC_ALL=C"] as [String]).map { strdup($0) }
        defer { for text in arguments + environment { free(text) } }
        var code = ENOENT
        for path in ["/usr/sbin/nft", "/sbin/nft", "/usr/bin/nft", "/usr/local/sbin/nft"] {
            var process: pid_t = 0
            code = posix_spawn(&process, path, &actions, &attributes, arguments + [nil], environment + [nil])
            if code == 0 { return process }
            guard code == ENOENT else { break }
        }
        if code == ENOENT { throw PodNetworkError("nft is not installed: apt install nftables") }
        throw failure("run nft", code)
    }

    private static func contents(of descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : ""
    }

    private static func failure(_ operation: String, _ code: Int32) -> PodNetworkError {
        PodNetworkError("\(SystemCallError(operation, code: code))")
    }
}
