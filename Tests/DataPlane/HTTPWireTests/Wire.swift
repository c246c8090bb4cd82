import HTTPWire
import NIOCore

/// One thing a parser said, flattened to text so that two runs can be compared with `==` and shown as a diff.
enum Wire {
    /// Every event of `chunks` fed one after the other; adjacent body slices are joined, as their cut is no matter.
    static func requests(_ chunks: [[UInt8]], limits: HTTPLimits = HTTPLimits(), closes: Bool = false) -> [String] {
        var parser = RequestParser(limits: limits)
        var head = RequestHead()
        var buffer = ByteBuffer()
        var log = EventLog()
        for chunk in chunks {
            buffer.writeBytes(chunk)
            pull: while true {
                let event = parser.next(&buffer, into: &head)
                log.note(event, trailers: parser.trailers) { describe(head) }
                switch event {
                case .needMoreData: break pull
                case .error: return log.lines
                default: continue
                }
            }
            buffer.discardReadBytes()
        }
        if closes, let event = parser.finish(buffer) { log.note(event, trailers: parser.trailers) { "" } }
        return log.lines
    }

    static func requests(_ text: String, limits: HTTPLimits = HTTPLimits(), closes: Bool = false) -> [String] {
        requests([Array(text.utf8)], limits: limits, closes: closes)
    }

    static func responses(
        _ chunks: [[UInt8]],
        to methods: [HTTPMethod] = [.get],
        limits: HTTPLimits = HTTPLimits(),
        closes: Bool = false
    ) -> [String] {
        var parser = ResponseParser(limits: limits)
        var methods = methods[...]
        if let method = methods.popFirst() { parser.expect(method) }
        var head = ResponseHead()
        var buffer = ByteBuffer()
        var log = EventLog()
        for chunk in chunks {
            buffer.writeBytes(chunk)
            pull: while true {
                let event = parser.next(&buffer, into: &head)
                log.note(event, trailers: parser.trailers) { describe(head) }
                switch event {
                case .needMoreData: break pull
                case .error: return log.lines
                case .end where !head.isInformational:
                    if let method = methods.popFirst() { parser.expect(method) }
                default: continue
                }
            }
        }
        if closes, let event = parser.finish() { log.note(event, trailers: parser.trailers) { "" } }
        return log.lines
    }

    static func responses(_ text: String, to methods: [HTTPMethod] = [.get], closes: Bool = false) -> [String] {
        responses([Array(text.utf8)], to: methods, closes: closes)
    }

    /// The head of a request that must parse.
    static func head(_ text: String, limits: HTTPLimits = HTTPLimits()) -> RequestHead? {
        var parser = RequestParser(limits: limits)
        var head = RequestHead()
        var buffer = ByteBuffer(string: text)
        return parser.next(&buffer, into: &head) == .head ? head : nil
    }

    /// The head of a response that must parse.
    static func responseHead(_ text: String, to method: HTTPMethod = .get) -> ResponseHead? {
        var parser = ResponseParser()
        parser.expect(method)
        var head = ResponseHead()
        var buffer = ByteBuffer(string: text)
        return parser.next(&buffer, into: &head) == .head ? head : nil
    }

    static func written(_ write: (inout ByteBuffer) -> Void) -> String {
        var buffer = ByteBuffer()
        write(&buffer)
        return String(buffer: buffer)
    }

    static func describe(_ head: RequestHead) -> String {
        let path = head.path.map { head.headers.string($0) } ?? "-"
        let fields = head.headers.lines.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        let method = head.headers.string(of: .method) ?? "-"
        return "head \(method) \(path) \(head.version) \(head.framing) keepAlive=\(head.keepAlive) [\(fields)]"
    }

    static func describe(_ head: ResponseHead) -> String {
        let fields = head.headers.lines.map { "\($0.name)=\($0.value)" }.joined(separator: ";")
        return "head \(head.status) \(head.version) \(head.framing) keepAlive=\(head.keepAlive) [\(fields)]"
    }
}

/// Events as lines of text.
struct EventLog {
    private(set) var lines: [String] = []
    private var bodyIsOpen = false

    mutating func note(_ event: WireEvent, trailers: HeaderBlock, head: () -> String) {
        switch event {
        case .needMoreData: return
        case .head: lines.append(head())
        case .body(let slice):
            let text = String(buffer: slice)
            if bodyIsOpen, let last = lines.popLast() {
                lines.append(last + text)
            } else {
                lines.append("body " + text)
            }
            bodyIsOpen = true
            return
        case .trailers:
            lines.append("trailers " + trailers.lines.map { "\($0.name)=\($0.value)" }.joined(separator: ";"))
        case .end: lines.append("end")
        case .error(let error): lines.append("error \(error)")
        }
        bodyIsOpen = false
    }
}

/// A reproducible source of random numbers (splitmix64), so that a failing round can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
