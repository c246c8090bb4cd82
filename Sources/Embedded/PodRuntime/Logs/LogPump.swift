import Glibc
import Synchronization

/// Reads what containers write and puts it into their log files, on the watch's thread.
struct LogPump: Sendable {
    var watch: DescriptorWatch

    /// A container's two pipes: the ends to write go to the process, the others are read until they are closed.
    struct Pipes: Sendable {
        var standardOutput: Int32
        var standardError: Int32

        /// Call it when the process has its own copies, or did not start.
        func closeAll() {
            close(standardOutput)
            close(standardError)
        }
    }

    func open(into file: LogFile) throws(SystemError) -> Pipes {
        // Both streams' ends: the file is finished when the second one is.
        let left = Counter(2)
        let output = try pump(into: file, .standardOutput, left)
        do throws(SystemError) {
            return Pipes(standardOutput: output, standardError: try pump(into: file, .standardError, left))
        } catch {
            close(output)
            throw error
        }
    }

    private func pump(into file: LogFile, _ stream: LogFile.Stream, _ left: Counter) throws(SystemError) -> Int32 {
        let (reading, writing) = try Descriptors.pipe()
        _ = fcntl(reading, F_SETFL, O_NONBLOCK)
        let watch = watch
        watch.add(reading, .readable) {
            var buffer = [UInt8](repeating: 0, count: 32 * 1024)
            let count = read(reading, &buffer, buffer.count)
            if count > 0 {
                file.append(buffer[..<count], stream)
            } else if count == 0 || (errno != EAGAIN && errno != EINTR) {
                watch.remove(reading)
                close(reading)
                if left.countDown() { file.finish() }
            }
        }
        return writing
    }

    private final class Counter: Sendable {
        private let value: Mutex<Int>
        init(_ value: Int) { self.value = Mutex(value) }

        /// True at zero.
        func countDown() -> Bool {
            value.withLock { value in
                value -= 1
                return value == 0
            }
        }
    }
}
