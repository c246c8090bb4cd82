internal import HTTPWire
internal import MeshTelemetry
package import NIOCore
package import ProxySnapshot
package import ProxyUpstream

/// The access log lines of one worker, gathered by destination and handed on in pieces.
///
/// Appending is all that happens on the event loop; `write` puts the bytes to a thread that may block.
package final class AccessLogSinks {
    private var buffers: [(destination: AccessLogDestination, bytes: ByteBuffer)] = []
    private let write: @Sendable (AccessLogDestination, ByteBuffer) -> Void
    // A piece of this size is handed on before the next tick.
    private static let pieceBytes = 64 * 1024

    package init(write: @escaping @Sendable (AccessLogDestination, ByteBuffer) -> Void = { _, _ in }) {
        self.write = write
    }

    /// The slot of a destination, made on first use.
    func slot(of destination: AccessLogDestination) -> Int {
        if let known = buffers.firstIndex(where: { $0.destination == destination }) { return known }
        buffers.append((destination, ByteBuffer()))
        return buffers.count - 1
    }

    func append(to slot: Int, _ body: (inout ByteBuffer) -> Void) {
        guard slot < buffers.count else { return }
        body(&buffers[slot].bytes)
        if buffers[slot].bytes.readableBytes >= Self.pieceBytes { flush(slot) }
    }

    /// Hands on what was gathered; once a tick.
    package func flush() {
        for slot in buffers.indices { flush(slot) }
    }

    private func flush(_ slot: Int) {
        guard buffers[slot].bytes.readableBytes > 0 else { return }
        write(buffers[slot].destination, buffers[slot].bytes)
        buffers[slot].bytes = ByteBuffer()
    }
}

/// The access logs of one connection manager, TCP proxy or listener on one worker, compiled.
package final class AccessLogs {
    /// Whether a request must note the time of day it began at.
    package let wantsWallTime: Bool
    /// Whether the response head must be kept until the line is written.
    package let wantsResponseHeaders: Bool

    private struct Log {
        var format: AccessLogFormat
        var slot: Int
        /// Only requests with one of these flags, or with any when empty; nil is all.
        var flags: Set<String>?
    }

    private let logs: [Log]
    private let names: [String: HeaderName]
    private let sinks: AccessLogSinks
    private let client: ForwardedClient

    /// Why no line is written to a log: its format has something that is not understood; nil if it is sound.
    package static func problem(of log: AccessLog) -> String? {
        do {
            _ = try format(log.format)
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Compiles `logs`; one whose format is not understood is left out, see `problem`.
    package init(_ logs: [AccessLog], client: ForwardedClient = .peer, sinks: AccessLogSinks) {
        self.sinks = sinks
        self.client = client
        self.logs = logs.compactMap { log in
            guard let format = try? Self.format(log.format) else { return nil }
            return Log(
                format: format,
                slot: sinks.slot(of: log.destination),
                flags: log.responseFlags.map { Set($0) }
            )
        }
        wantsWallTime = !self.logs.isEmpty
        var names: [String: HeaderName] = [:]
        var readsResponse = false
        for case .field(let field, _, _) in self.logs.flatMap(\.format.segments) {
            switch field {
            case .requestHeader(let name, let alternative):
                for name in [name, alternative].compactMap(\.self) { names[name] = HeaderName(name) }
            case .responseHeader(let name, let alternative), .responseTrailer(let name, let alternative):
                readsResponse = true
                for name in [name, alternative].compactMap(\.self) { names[name] = HeaderName(name) }
            default: break
            }
        }
        self.names = names
        wantsResponseHeaders = readsResponse
    }

    private static func format(_ template: AccessLogTemplate) throws(AccessLogFormatError) -> AccessLogFormat {
        switch template {
        case .standard: return try AccessLogFormat(text: standard)
        case .text(let text): return try AccessLogFormat(text: text)
        case .json(let members):
            let fields = members.map { (key: $0.name, format: text(of: $0.value)) }
            return try AccessLogFormat(json: fields)
        }
    }

    private static func text(of value: AccessLogValue) -> String {
        switch value {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .boolean(let boolean): "\(boolean)"
        case .null: ""
        case .object(let members): members.map { "\($0.name)=\(text(of: $0.value))" }.joined(separator: " ")
        }
    }

    /// Envoy's built-in format.
    private static let standard = """
        [%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% \
        %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% \
        "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n
        """

    /// Writes the lines of a finished request; `endedAt` is the worker's time in nanoseconds.
    package func log(_ context: RequestContext, facts: DownstreamFacts, exchange: UpstreamExchange, endedAt: Int64) {
        guard !logs.isEmpty else { return }
        let record = RequestRecord(
            context: context,
            facts: facts,
            exchange: exchange,
            names: names,
            client: client,
            endedAt: endedAt
        )
        for log in logs where includes(context.flags, log.flags) {
            sinks.append(to: log.slot) { log.format.render(record, into: &$0) }
        }
    }

    /// Writes the lines of a finished connection that was not HTTP.
    package func log(_ connection: ConnectionRecord, worker: Worker) {
        guard !logs.isEmpty else { return }
        var record = connection
        record.endedAt = worker.refreshTime()
        for log in logs where includes(record.flags, log.flags) {
            sinks.append(to: log.slot) { log.format.render(record, into: &$0) }
        }
    }

    private func includes(_ flags: ResponseFlags, _ wanted: Set<String>?) -> Bool {
        guard let wanted else { return true }
        if wanted.isEmpty { return !flags.isEmpty }
        return flags.text.split(separator: ",").contains { wanted.contains(String($0)) }
    }
}
