/// A container's root file system as a list of steps.
struct RootFileSystem: Sendable, Hashable {
    enum Kind: Sendable, Hashable, CaseIterable {
        /// One overlay over the host's `/`: everything may be written, nothing reaches the host.
        case overlay
        /// An overlay for each directory of `/`, as a user namespace allows.
        case overlays
        /// The host's directories read-only, with a copy of `/etc`, an empty `/var` and a `/usr/local/bin` to add to:
        /// what a user without root can have, who may change nothing in an overlay over files of root.
        case binds
    }

    /// One path of the host inside the container.
    struct Mount: Sendable, Hashable {
        var source: String
        var target: String
        var isReadOnly: Bool
    }

    var kind: Kind
    var layout: HostLayout
    /// Absolute, without symbolic links.
    var stateDirectory: String

    /// Where the former root is while the container is furnished.
    static let former = "/.martlet-host"

    private static let readOnly: UInt = 1
    private static let remount: UInt = 32
    private static let bind: UInt = 4096
    private static let nosuid: UInt = 2
    private static let nodev: UInt = 4
    private static let noexec: UInt = 8

    /// The whole way, from the host's mounts to the container's own.
    func steps(
        mounts: [Mount],
        workingDirectory: String,
        isPrivileged: Bool,
        isReadOnly: Bool
    ) -> [SandboxStep] {
        var steps = root
        let former = Self.former
        for mount in layout.mounts where kind == .overlay || needsBind(mount) {
            steps.append(.optional(.place(former + mount, at: mount, isReadOnly: true)))
        }
        steps.append(
            .optional(
                .mount(
                    source: "tmpfs",
                    at: stateDirectory,
                    type: "tmpfs",
                    flags: Self.nosuid | Self.readOnly,
                    data: "size=4k,mode=000"
                )
            )
        )
        steps += devices(isPrivileged: isPrivileged)
        var writable: [String] = []
        // Outer ones first; one that holds another must be written to until that has its place in it.
        for mount in mounts.sorted(by: { Self.depth($0.target) < Self.depth($1.target) }) {
            // It may be a link into /run. The copy of /etc is shared, and to unlink a file of it unmounts it in every pod.
            if mount.target == "/etc/resolv.conf", kind != .binds { steps.append(.optional(.remove(mount.target))) }
            let isOuter = mounts.contains { $0.target.hasPrefix(mount.target + "/") }
            if isOuter, mount.isReadOnly { writable.append(mount.target) }
            let isReadOnly = mount.isReadOnly && !isOuter
            steps.append(.place(former + mount.source, at: mount.target, isReadOnly: isReadOnly))
        }
        for target in writable {
            let flags = Self.remount | Self.bind | Self.readOnly
            steps.append(.optional(.mount(source: "none", at: target, type: "none", flags: flags, data: "")))
        }
        if workingDirectory != "/" { steps.append(.optional(.directory(workingDirectory))) }
        steps.append(.detach(former))
        if isReadOnly {
            let flags = Self.remount | Self.bind | Self.readOnly
            steps.append(.optional(.mount(source: "none", at: "/", type: "none", flags: flags, data: "")))
        }
        return steps
    }

    private static func depth(_ path: String) -> Int { path.utf8.count { $0 == UInt8(ascii: "/") } }

    /// What of ``HostLayout/mounts`` no recursive bind of a directory brought already.
    private func needsBind(_ mount: String) -> Bool {
        let first = mount.split(separator: "/").first.map(String.init) ?? ""
        return kind == .binds && (first == "etc" || first == "var")
    }

    private var mountPoint: String { stateDirectory + "/root" }

    private var root: [SandboxStep] {
        let point = mountPoint
        var steps: [SandboxStep] = [.mount(source: "tmpfs", at: point, type: "tmpfs", flags: 0, data: "mode=755")]
        switch kind {
        case .overlay:
            steps += [.directory(point + "/upper"), .directory(point + "/work"), .directory(point + "/root")]
            steps.append(overlay(lower: "/", name: "", at: point + "/root", extra: ""))
        case .overlays:
            steps.append(.directory(point + "/root"))
            for (name, entry) in layout.topLevel.sorted(by: { $0.key < $1.key }) {
                let place = point + "/root/" + name
                switch entry {
                case .link(let target): steps.append(.link(place, to: target))
                case .file: break
                case .directory where layout.hasMounts(in: "/" + name):
                    steps.append(.optional(.place("/" + name, at: place, isReadOnly: true)))
                case .directory:
                    let upper = point + "/upper-" + name
                    let work = point + "/work-" + name
                    steps += [.directory(upper), .directory(work), .directory(place)]
                    steps.append(overlay(lower: "/" + name, name: "-" + name, at: place, extra: ",userxattr"))
                }
            }
            steps.append(.bind(point + "/root", at: point + "/root", isReadOnly: false))
        case .binds:
            steps.append(.directory(point + "/root"))
            for (name, entry) in layout.topLevel.sorted(by: { $0.key < $1.key }) {
                let place = point + "/root/" + name
                switch entry {
                case .link(let target): steps.append(.link(place, to: target))
                case .file: break
                case .directory where name == "etc":
                    steps.append(.place(stateDirectory + "/etc", at: place, isReadOnly: false))
                case .directory where name == "var":
                    steps += ["", "/tmp", "/log", "/lib", "/cache"].map { .directory(place + $0) }
                    steps.append(.link(place + "/run", to: "/run"))
                case .directory:
                    steps.append(.optional(.place("/" + name, at: place, isReadOnly: true)))
                }
            }
            steps += localPrograms(in: point + "/root")
            steps.append(.bind(point + "/root", at: point + "/root", isReadOnly: false))
        }
        for name in HostLayout.own.sorted() where name != "lost+found" {
            steps.append(.directory(point + "/root/" + name))
        }
        steps.append(.directory(point + "/root" + Self.former))
        steps.append(.pivot(to: point + "/root", formerAt: String(Self.former.dropFirst())))
        return steps
    }

    /// The directory anew, so that an image's own programs find a place in it.
    private func localPrograms(in root: String) -> [SandboxStep] {
        let directory = HostLayout.localPrograms
        var steps: [SandboxStep] = [
            .mount(source: "tmpfs", at: root + directory, type: "tmpfs", flags: Self.nosuid, data: "mode=755,size=1m")
        ]
        for (name, entry) in layout.localProgramEntries.sorted(by: { $0.key < $1.key }) {
            let path = "\(directory)/\(name)"
            switch entry {
            case .link(let target): steps.append(.link(root + path, to: target))
            case .directory, .file: steps.append(.optional(.place(path, at: root + path, isReadOnly: true)))
            }
        }
        return steps
    }

    private func overlay(lower: String, name: String, at target: String, extra: String) -> SandboxStep {
        let place = mountPoint.map { ",:\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        let data = "lowerdir=\(lower),upperdir=\(place)/upper\(name),workdir=\(place)/work\(name)\(extra)"
        return .mount(source: "overlay", at: target, type: "overlay", flags: 0, data: data)
    }

    /// `/proc`, `/sys`, `/dev`, `/run` and `/tmp`.
    private func devices(isPrivileged: Bool) -> [SandboxStep] {
        let former = Self.former
        var steps: [SandboxStep] = [
            .mount(source: "proc", at: "/proc", type: "proc", flags: Self.nosuid | Self.nodev | Self.noexec, data: ""),
            // Ports below 1024 are anybody's in a pod, as container runtimes have it.
            .optional(.write("0", into: "/proc/sys/net/ipv4/ip_unprivileged_port_start")),
            .optional(.write("0 2147483647", into: "/proc/sys/net/ipv4/ping_group_range")),
            .optional(.bind(former + "/sys", at: "/sys", isReadOnly: true)),
            .mount(source: "tmpfs", at: "/dev", type: "tmpfs", flags: Self.nosuid, data: "mode=755,size=1m"),
        ]
        if !isPrivileged {
            for path in ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus"] {
                steps.append(.optional(.bind(path, at: path, isReadOnly: true)))
            }
        }
        for name in ["null", "zero", "full", "random", "urandom", "tty"] {
            steps.append(.optional(.place("\(former)/dev/\(name)", at: "/dev/\(name)", isReadOnly: false)))
        }
        steps += [
            .directory("/dev/pts"), .directory("/dev/shm"),
            .optional(
                .mount(
                    source: "devpts",
                    at: "/dev/pts",
                    type: "devpts",
                    flags: Self.nosuid | Self.noexec,
                    data: "newinstance,ptmxmode=0666,mode=0620"
                )
            ),
            .link("/dev/ptmx", to: "pts/ptmx"), .link("/dev/fd", to: "/proc/self/fd"),
            .link("/dev/stdin", to: "/proc/self/fd/0"), .link("/dev/stdout", to: "/proc/self/fd/1"),
            .link("/dev/stderr", to: "/proc/self/fd/2"),
            .mount(
                source: "tmpfs",
                at: "/dev/shm",
                type: "tmpfs",
                flags: Self.nosuid | Self.nodev,
                data: "mode=1777,size=64m"
            ),
            .mount(source: "tmpfs", at: "/run", type: "tmpfs", flags: Self.nosuid | Self.nodev, data: "mode=755"),
            .directory("/run/lock"), .mode("/run/lock", 0o1777),
            .mount(source: "tmpfs", at: "/tmp", type: "tmpfs", flags: Self.nosuid | Self.nodev, data: "mode=1777"),
        ]
        return steps
    }
}
