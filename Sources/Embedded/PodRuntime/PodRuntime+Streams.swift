import ClusterNetwork
package import KubernetesAPI

extension PodRuntime: PodStreams {
    /// See `PodStreams`: reads the container's log files.
    package func logs(
        of pod: ObjectName,
        _ options: LogOptions
    ) async throws(StatusError) -> AsyncThrowingStream<[UInt8], any Error> {
        let object: KubernetesObject
        var live: [String: LogFile] = [:]
        if let uid = try? worker(of: pod) {
            object = await uid.pod
            live = await uid.logs
        } else {
            // It ended in an earlier run of this runtime; its files are still there.
            object = try await context.api.get(.pods, pod)
        }
        let name = try container(options.container, in: object)
        let directory = context.podDirectory(object.uid)
        guard let path = LogFiles.find(directory, name, previous: options.previous) else {
            if options.previous {
                throw StatusError(
                    .badRequest,
                    "previous terminated container \"\(name)\" in pod \"\(pod.name)\" not found"
                )
            }
            let waiting = Self.waitingReason(object, name) ?? "ContainerCreating"
            throw StatusError(
                .badRequest,
                "container \"\(name)\" in pod \"\(pod.name)\" is waiting to start: \(waiting)"
            )
        }
        let file = options.previous ? nil : live[name].flatMap { $0.path == path ? $0 : nil }
        return LogReader.stream(path, file, options)
    }

    /// See `PodStreams`: starts the command in the container's namespaces.
    package func execute(
        in pod: ObjectName,
        _ options: ExecOptions,
        input: AsyncStream<ExecInput>,
        output: @escaping @Sendable (ExecOutput) async throws -> Void
    ) async throws(StatusError) -> ExecExit {
        let worker = try worker(of: pod)
        let name = try container(options.container, in: await worker.pod)
        guard let running = await worker.running[name] else {
            throw StatusError(.internalError, "container not found (\"\(name)\"): it is not running")
        }
        guard !options.command.isEmpty else {
            throw StatusError(.badRequest, "attach is not supported: use kubectl exec or kubectl logs -f")
        }
        let session = ExecSession(
            context: context,
            container: running,
            options: options,
            input: input,
            output: output
        )
        do {
            return try await session.run()
        } catch {
            return .failed("\(error)")
        }
    }

    /// See `PodStreams`: connects in the pod's network namespace.
    package func connect(to pod: ObjectName, port: UInt16) async throws(StatusError) -> PodConnection {
        let worker = try worker(of: pod)
        guard let attachment = await worker.attachment else {
            throw StatusError(.internalError, "pod \"\(pod.name)\" is not running")
        }
        do {
            return try await PodTunnel.open(
                context.sockets,
                namespace: attachment.namespaceDescriptor,
                port: port
            )
        } catch {
            throw StatusError(.internalError, "port \(port) of pod \"\(pod.name)\": \(error)")
        }
    }

    /// The container that was asked for, the annotated default, or the first one.
    private func container(_ name: String, in pod: KubernetesObject) throws(StatusError) -> String {
        let plan = PodPlan(pod)
        if !name.isEmpty {
            guard plan.container(name) != nil else {
                throw StatusError(.badRequest, "container \(name) is not valid for pod \(pod.name)")
            }
            return name
        }
        if let annotated = pod.annotations["kubectl.kubernetes.io/default-container"], plan.container(annotated) != nil
        {
            return annotated
        }
        guard let first = plan.containers.first(where: { $0.role == .main }) else {
            throw StatusError(.badRequest, "pod \(pod.name) has no container")
        }
        return first.name
    }

    private static func waitingReason(_ pod: KubernetesObject, _ container: String) -> String? {
        let statuses =
            (pod["status", "containerStatuses"]?.array ?? []) + (pod["status", "initContainerStatuses"]?.array ?? [])
        let status = statuses.first { $0["name"]?.string == container }
        let waiting = status?[path: ["state", "waiting"]]
        return waiting?["message"]?.string ?? waiting?["reason"]?.string
    }
}
