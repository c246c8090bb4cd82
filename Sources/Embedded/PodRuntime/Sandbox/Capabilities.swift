import KubernetesAPI

/// A container's bounding set of Linux capabilities (capabilities(7)); root in it has these.
struct Capabilities: Sendable, Hashable {
    /// Bit n is capability n.
    var bits: UInt64

    static let all = Capabilities(bits: (1 << 41) - 1)
    static let none = Capabilities(bits: 0)

    /// What container runtimes leave unless told otherwise.
    static let standard = Capabilities([
        "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP", "NET_BIND_SERVICE",
        "NET_RAW",
        "SYS_CHROOT", "MKNOD", "AUDIT_WRITE", "SETFCAP",
    ])

    /// Names the kernel knows, in the order of their numbers.
    private static let names = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]

    init(bits: UInt64) { self.bits = bits }

    /// Unknown names are left out; `CAP_` before a name is allowed.
    init(_ names: [String]) {
        bits = 0
        for name in names {
            if name.uppercased() == "ALL" {
                bits = Self.all.bits
                return
            }
            let short = name.uppercased().hasPrefix("CAP_") ? String(name.uppercased().dropFirst(4)) : name.uppercased()
            if let index = Self.names.firstIndex(of: short) { bits |= 1 << UInt64(index) }
        }
    }

    /// `securityContext.privileged` and `.capabilities` of a container.
    init(securityContext: JSONValue?) {
        if securityContext?["privileged"]?.bool == true {
            self = .all
            return
        }
        let dropped = Capabilities(
            securityContext?[path: ["capabilities", "drop"]]?.array?.compactMap(\.string) ?? []
        )
        let added = Capabilities(securityContext?[path: ["capabilities", "add"]]?.array?.compactMap(\.string) ?? [])
        bits = (Self.standard.bits & ~dropped.bits) | added.bits
    }
}
