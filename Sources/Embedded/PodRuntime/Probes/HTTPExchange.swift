import NIOCore
import NIOSSL

/// One HTTP/1.1 GET of a probe or hook.
struct HTTPExchange: Sendable {
    var sockets: NamespaceSockets
    var namespace: Int32
    var address: String
    var port: UInt16
    var isTLS: Bool
    var path: String
    var headers: [HandlerPlan.Header]
    var agent = "kube-probe/1.34"

    /// The request's bytes; a Host among the headers stands for the standard one.
    var request: String {
        func clean(_ text: String) -> String { text.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" } }
        let names = Set(headers.map { $0.name.lowercased() })
        let path = path.hasPrefix("/") ? path : "/" + path
        var lines = ["GET \(clean(path).split(separator: " ").joined(separator: "%20")) HTTP/1.1"]
        if !names.contains("host") { lines.append("Host: \(address):\(port)") }
        if !names.contains("user-agent") { lines.append("User-Agent: \(agent)") }
        if !names.contains("accept") { lines.append("Accept: */*") }
        lines += headers.map { "\(clean($0.name)): \(clean($0.value))" }
        lines += ["Connection: close", "", ""]
        return lines.joined(separator: "\r\n")
    }

    /// The status code of a status line; nil when the bytes are none yet or none at all.
    static func status(_ bytes: some Sequence<UInt8>) -> Int? {
        let line = String(decoding: Array(bytes.prefix(64)), as: UTF8.self)
        let fields = line.split(separator: " ", maxSplits: 2)
        guard fields.count > 1, fields[0].hasPrefix("HTTP/1.") else { return nil }
        return Int(fields[1].prefix(3))
    }

    /// The status code; throws when there is no answer within the time.
    func run(timeout: Double) async throws -> Int {
        let isTLS = isTLS
        let channel = try await sockets.open(
            namespace: namespace,
            address: address,
            port: port,
            timeout: timeout
        ) { channel in
            guard isTLS else { return }
            var configuration = TLSConfiguration.makeClientConfiguration()
            // As the kubelet: a probe asks whether it answers, not who.
            configuration.certificateVerification = .none
            let context = try NIOSSLContext(configuration: configuration)
            try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
        }
        let clock = channel.channel.eventLoop.scheduleTask(in: .milliseconds(Int64(timeout * 1000))) {
            channel.channel.close(promise: nil)
        }
        defer { clock.cancel() }
        let request = ByteBuffer(string: request)
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(request)
            var answer: [UInt8] = []
            for try await part in inbound {
                answer += Array(part.readableBytesView.prefix(64))
                if answer.count >= 12 { break }
            }
            guard let status = Self.status(answer) else {
                throw NamespaceSockets.Failure(
                    description: answer.isEmpty ? "no answer in time" : "malformed HTTP response"
                )
            }
            return status
        }
    }
}
