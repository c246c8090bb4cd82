import Glibc
import KubernetesAPI
import Logging

/// The Node object and its lease.
struct NodeRegistration: Sendable {
    var context: NodeContext

    /// The node as this machine is.
    func node(now: Timestamp) -> KubernetesObject {
        let configuration = context.configuration
        var node = KubernetesObject(.nodes, ObjectName(name: configuration.nodeName))
        #if arch(arm64)
        let architecture = "arm64"
        #else
        let architecture = "amd64"
        #endif
        node.labels = [
            "kubernetes.io/hostname": configuration.nodeName, "kubernetes.io/os": "linux",
            "kubernetes.io/arch": architecture, "node-role.kubernetes.io/control-plane": "",
        ]
        let resources: JSONValue = [
            "cpu": .string(String(context.capacity.processors)),
            "memory": .string("\(context.capacity.memory / 1024)Ki"),
            "pods": .string(String(configuration.maximumPods)),
        ]
        node["spec"] = [:]
        node["status"] = [
            "addresses": [
                ["type": "InternalIP", "address": .string(configuration.nodeAddress)],
                ["type": "Hostname", "address": .string(configuration.nodeName)],
            ],
            "capacity": resources, "allocatable": resources, "conditions": .array(conditions(now)),
            "nodeInfo": info(architecture), "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
        ]
        return node
    }

    private func conditions(_ now: Timestamp) -> [JSONValue] {
        [
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            ("Ready", "True", "KubeletReady", "the pod runtime of Martlet is ready"),
        ].map { type, status, reason, message in
            [
                "type": .string(type), "status": .string(status), "reason": .string(reason),
                "message": .string(message),
                "lastHeartbeatTime": now.json, "lastTransitionTime": now.json,
            ]
        }
    }

    private func info(_ architecture: String) -> JSONValue {
        func line(_ path: String) -> String {
            let bytes = (try? FileBytes.read(path, limit: 4096)) ?? []
            return String(decoding: bytes.prefix { $0 != 0x0A }, as: UTF8.self)
        }
        let release = (try? FileBytes.read("/etc/os-release", limit: 16384)) ?? []
        let pretty = String(decoding: release, as: UTF8.self).split(separator: "\n")
            .first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst(12).filter { $0 != "\"" }
        let version = "v" + context.configuration.version
        return [
            "architecture": .string(architecture), "operatingSystem": "linux",
            "kernelVersion": .string(line("/proc/sys/kernel/osrelease")),
            "osImage": .string(pretty.map { String($0) } ?? "Linux"),
            "containerRuntimeVersion": .string("martlet://\(context.configuration.version)"),
            "kubeletVersion": .string(version), "kubeProxyVersion": .string(version),
            "machineID": .string(line("/etc/machine-id")), "systemUUID": .string(line("/etc/machine-id")),
            "bootID": .string(line("/proc/sys/kernel/random/boot_id")),
        ]
    }

    /// Creates the node, or brings its status up to date and leaves labels and taints as the user set them.
    func register() async throws(StatusError) -> KubernetesObject {
        let node = node(now: Timestamp.now())
        var stored: KubernetesObject
        do throws(StatusError) {
            stored = try await context.api.create(node, .nodes)
        } catch {
            guard error.reason == .alreadyExists else { throw error }
            let labels: JSONValue = ["metadata": ["labels": JSONValue(node.labels)]]
            stored = try await context.api.patch(.nodes, node.objectName, .merge(labels), nil)
        }
        let status: JSONValue = ["status": node["status"] ?? [:]]
        stored = try await context.api.patch(.nodes, node.objectName, .merge(status), .status)
        return stored
    }

    /// Renews the lease; creates it when there is none.
    func renewLease(_ node: KubernetesObject) async throws(StatusError) {
        let name = ObjectName(namespace: "kube-node-lease", name: node.name)
        let now = JSONValue.string(Timestamp.now().microsecondText)
        do throws(StatusError) {
            let patch: JSONValue = ["spec": ["renewTime": now]]
            _ = try await context.api.patch(.leases, name, .merge(patch), nil)
        } catch {
            guard error.reason == .notFound else { throw error }
            var lease = KubernetesObject(.leases, name)
            lease["spec"] = [
                "holderIdentity": .string(node.name), "leaseDurationSeconds": 40, "renewTime": now,
            ]
            lease["metadata", "ownerReferences"] = [
                ["apiVersion": "v1", "kind": "Node", "name": .string(node.name), "uid": .string(node.uid)]
            ]
            do throws(StatusError) {
                _ = try await context.api.create(lease, .leases)
            } catch {
                guard error.reason == .notFound else { throw error }
                _ = try await context.api.create(
                    KubernetesObject(.namespaces, ObjectName(name: "kube-node-lease")),
                    .namespaces
                )
                _ = try await context.api.create(lease, .leases)
            }
        }
    }

    /// For ever: registered, and alive every ten seconds.
    func run() async {
        var node: KubernetesObject?
        while !Task.isCancelled {
            var wait = Duration.seconds(10)
            do throws(StatusError) {
                let registered: KubernetesObject
                if let node { registered = node } else { registered = try await register() }
                node = registered
                try await renewLease(registered)
            } catch {
                if Task.isCancelled { return }
                context.logger.debug("node not registered", metadata: ["error": "\(error)"])
                node = nil
                wait = .seconds(1)
            }
            try? await Task.sleep(for: wait)
        }
    }
}
