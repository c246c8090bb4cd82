import CSandbox
import ClusterNetwork
import Glibc
import KubernetesAPI
import Synchronization

@testable import PodRuntime

/// Network namespaces with nothing but loopback; the address of every pod is 127.0.0.1.
final class NamespaceNetwork: PodNetwork {
    private let descriptors = Mutex<[String: Int32]>([:])
    let nameserver = "10.96.0.10"

    var attached: Set<String> { descriptors.withLock { Set($0.keys) } }

    func attach(_ pod: ObjectName, uid: String) async throws(PodNetworkError) -> PodAttachment {
        // A process in a new namespace brings lo up and waits until its namespace was opened.
        do throws(SystemError) {
            let (inputReading, inputWriting) = try Descriptors.pipe()
            let (outputReading, outputWriting) = try Descriptors.pipe()
            defer { for end in [inputReading, inputWriting, outputReading, outputWriting] { close(end) } }
            var program = SandboxProgram(
                arguments: ["/usr/bin/unshare", "-n", "/bin/sh", "-c", "ip link set lo up && echo ok && read x"],
                standardInput: inputReading,
                standardOutput: outputWriting,
                standardError: 2
            )
            program.environment = ["PATH": HostPrograms.standardPath]
            program.hasOwnNamespaces = false
            program.capabilities = .all
            let process: SandboxProcess
            do throws(SandboxError) {
                process = try program.spawn()
            } catch {
                throw SystemError(error.number, error.step)
            }
            var answer = [UInt8](repeating: 0, count: 3)
            guard read(outputReading, &answer, 3) > 0 else { throw SystemError(EIO, "no namespace") }
            let descriptor = open("/proc/\(process.pid)/ns/net", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw SystemError.last("namespace") }
            process.signal(SIGKILL)
            var code: Int32 = 0
            var signal: Int32 = 0
            while sandbox_reap(process.pidDescriptor, &code, &signal) == 0 {}
            process.forget()
            descriptors.withLock { $0[uid] = descriptor }
            return PodAttachment(address: "127.0.0.1", namespaceDescriptor: descriptor)
        } catch {
            throw PodNetworkError("\(error)")
        }
    }

    func detach(uid: String) async {
        if let descriptor = descriptors.withLock({ $0.removeValue(forKey: uid) }) { close(descriptor) }
    }
}
