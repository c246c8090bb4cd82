/// What is there of ours in the tables, as `iptables-save` tells.
struct CapturePresence: Sendable, Equatable {
    private var ownChains: [String: [String]] = [:]
    /// Rules of the kernel's chains by table, as saved: `-A CHAIN ...`.
    private var kernelRules: [String: [String]] = [:]

    init() {}

    /// Reads what `iptables-save` wrote.
    init(saved: String) {
        var table = ""
        for line in saved.split(whereSeparator: \.isNewline) {
            if line.first == "*" {
                table = String(line.dropFirst())
            } else if line.hasPrefix(":ISTIO_"), let name = line.dropFirst().split(separator: " ").first {
                ownChains[table, default: []].append(String(name))
            } else if line.hasPrefix("-A "), !line.hasPrefix("-A ISTIO_") {
                kernelRules[table, default: []].append(String(line))
            }
        }
    }

    var isEmpty: Bool { ownChains.values.allSatisfy(\.isEmpty) }

    func chains(of table: CaptureRules.Table) -> [String] {
        ownChains[table.rawValue, default: []].filter { name in
            CaptureRules.Chain.allCases.contains { $0.rawValue == name }
        }
    }

    /// `-D` lines for rules that lead into our chains, or that say what one of `rules` does.
    func removal(from table: CaptureRules.Table, knowing rules: [CaptureRules.Rule]) -> [String] {
        let known = Set(CaptureRules.Chain.allCases.map(\.rawValue))
        let wanted = Set(rules.map { Self.normal("-A \($0.chain) \($0.text)") })
        return kernelRules[table.rawValue, default: []].filter { line in
            guard !isEmpty else { return false }
            let target = line.firstRange(of: " -j ").map { line[$0.upperBound...].prefix { $0 != " " } } ?? ""
            return known.contains(String(target)) || wanted.contains(Self.normal(line))
        }.map { "-D" + $0.dropFirst(2) }
    }

    /// A rule without what `iptables-save` adds of itself.
    private static func normal(_ line: String) -> [String] {
        var words: [String] = []
        var skips = false
        for word in line.split(separator: " ") {
            if skips {
                skips = false
            } else if word == "--nfmask" || word == "--ctmask" {
                skips = true
            } else if word.hasPrefix("0x"), let number = UInt32(word.dropFirst(2).prefix { $0 != "/" }, radix: 16) {
                words.append("\(number)")
            } else {
                words.append(String(word))
            }
        }
        return words
    }
}
