/// The bearer token; one from a file is read again every minute, as client-go does.
actor TokenSource {
    private let token: KubernetesEndpoint.Token
    private var read: (text: String, at: ContinuousClock.Instant)?

    init(_ token: KubernetesEndpoint.Token) { self.token = token }

    /// Nil when there is none; a file that cannot be read leaves the token of before.
    func current() -> String? {
        switch token {
        case .none: return nil
        case .text(let text): return text
        case .file(let path):
            let now = ContinuousClock.now
            if let read, read.at.duration(to: now) < .seconds(60) { return read.text }
            guard let bytes = try? KubernetesEndpoint.contents(path) else { return read?.text }
            let text = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
            read = (text, now)
            return text
        }
    }
}
