import Glibc
import KubernetesAPI

/// Resource limits of containers by control groups version 2, where this process may write them.
struct ControlGroups: Sendable {
    /// The directory under which each container gets one; nil when there is none to write.
    var root: String?

    /// Looks for a version 2 hierarchy with the memory controller and makes a directory in it.
    static func find(name: String) -> ControlGroups {
        for mount in ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"] {
            guard let bytes = try? FileBytes.read(mount + "/cgroup.controllers", limit: 4096) else { continue }
            let controllers = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
            guard controllers.contains("memory") else { continue }
            let wanted = ["memory", "cpu", "pids"].filter { controllers.contains(Substring($0)) }
            let directory = "\(mount)/\(name)"
            for place in [mount, directory] {
                if place == directory { mkdir(directory, 0o755) }
                for controller in wanted {
                    try? FileBytes.write("+\(controller)".utf8, to: place + "/cgroup.subtree_control")
                }
            }
            let probe = directory + "/probe"
            guard mkdir(probe, 0o755) == 0 || errno == EEXIST else { continue }
            let works = access(probe + "/memory.max", W_OK) == 0
            rmdir(probe)
            if works { return ControlGroups(root: directory) }
        }
        return ControlGroups(root: nil)
    }

    /// What `resources.limits` says that this machine cannot hold a container to; nil when all is well.
    func unenforced(_ container: JSONValue) -> String? {
        guard root == nil, container[path: ["resources", "limits"]]?.object?.isEmpty == false else { return nil }
        return "container \(container["name"]?.string ?? ""): resource limits are not enforced, this machine has no"
            + " writable control group (version 2)"
    }

    /// A group with the container's limits; nil without ``root``.
    func make(_ key: String, _ container: JSONValue) -> ControlGroup? {
        guard let root else { return nil }
        let path = "\(root)/\(key)"
        guard mkdir(path, 0o755) == 0 || errno == EEXIST else { return nil }
        let limits = container[path: ["resources", "limits"]]
        if let memory = Quantity.value(limits?["memory"]), memory > 0 {
            try? FileBytes.write(String(memory).utf8, to: path + "/memory.max")
            try? FileBytes.write("0".utf8, to: path + "/memory.swap.max")
        }
        if let cpu = Quantity.thousandths(limits?["cpu"]), cpu > 0 {
            try? FileBytes.write(
                "\(max(1000, cpu.multipliedReportingOverflow(by: 100).partialValue)) 100000".utf8,
                to: path + "/cpu.max"
            )
        }
        try? FileBytes.write("32768".utf8, to: path + "/pids.max")
        return ControlGroup(path: path)
    }
}

/// One container's group.
struct ControlGroup: Sendable, Hashable {
    var path: String

    /// `cgroup.procs`, to be closed by the caller; negative when it cannot be opened.
    func open() -> Int32 { Glibc.open(path + "/cgroup.procs", O_WRONLY | O_CLOEXEC) }

    /// The kernel ended something in it for want of memory.
    var ranOutOfMemory: Bool {
        let text = (try? FileBytes.read(path + "/memory.events", limit: 4096)) ?? []
        return String(decoding: text, as: UTF8.self).split(separator: "\n").contains { line in
            let fields = line.split(separator: " ")
            return fields.first == "oom_kill" && fields.last != "0"
        }
    }

    /// Possible once its processes are reaped.
    func remove() { rmdir(path) }
}
