import CSandbox

/// Owns the end of every process this runtime starts: waits for it, reaps it, and tells its exit once.
///
/// Children that other libraries of this process started are theirs to reap; with `buryStrangers` a zombie nobody
/// asked for within two rounds is reaped too, as pid 1 must.
final class ProcessReaper: Sendable {
    struct Exit: Sendable, Hashable {
        var code: Int32
        /// Not 0 when a signal ended it.
        var signal: Int32
    }

    private let watch: DescriptorWatch

    init(watch: DescriptorWatch) { self.watch = watch }

    /// Takes the process over: `done` is called once, on the watch's thread, after the process is reaped.
    func own(_ process: SandboxProcess, _ done: @escaping @Sendable (Exit) -> Void) {
        let watch = watch
        let descriptor = process.pidDescriptor
        watch.add(descriptor, .readable) {
            var code: Int32 = 0
            var signal: Int32 = 0
            let result = sandbox_reap(descriptor, &code, &signal)
            if result == 0 { return }
            watch.remove(descriptor)
            process.forget()
            // Reaped by somebody else: its exit is lost.
            done(result == 1 ? Exit(code: code, signal: signal) : Exit(code: 255, signal: 0))
        }
    }

    /// One round over the zombies of this process: `suspects` are those seen in the round before.
    func buryStrangers(_ suspects: inout Set<Int32>) {
        var seen: Set<Int32> = []
        for _ in 0..<1000 {
            let pid = sandbox_peek_zombie()
            guard pid > 0 else { break }
            guard suspects.contains(pid) else {
                seen.insert(pid)
                break
            }
            sandbox_reap_pid(pid)
        }
        suspects = seen
    }
}
