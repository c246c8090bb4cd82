@preconcurrency import Dispatch
import Foundation

/// SIGINT, SIGTERM and SIGHUP as a descriptor that can be waited for beside others.
struct StopRequests {
    let descriptor: Int32
    private let sources: [any DispatchSourceSignal]

    init() {
        var pipe: [Int32] = [-1, -1]
        _ = Foundation.pipe(&pipe)
        for end in pipe {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        let (reading, writing) = (pipe[0], pipe[1])
        descriptor = reading
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { _ = write(writing, "s", 1) }
            source.resume()
            return source
        }
    }

    /// Takes what has come.
    func take() {
        var bytes = [UInt8](repeating: 0, count: 16)
        while read(descriptor, &bytes, bytes.count) > 0 {}
    }
}
