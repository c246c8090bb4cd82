package import ProxySnapshot

/// What the command operators in header values stand for, filled in by the caller as far as it knows.
///
/// Consulted only for values with operators. An unknown one gives nothing, as Envoy omits empty values.
package struct HeaderValueContext: Sendable {
    package var downstreamRemote: SocketAddressValue?
    /// The directly connected peer; the remote address may come from `x-forwarded-for`.
    package var downstreamDirectRemote: SocketAddressValue?
    package var downstreamLocal: SocketAddressValue?
    package var upstreamRemote: SocketAddressValue?
    package var upstreamCluster = ""
    /// `HTTP/1.1`, `HTTP/2`.
    package var protocolName = "HTTP/1.1"
    package var requestedServerName = ""
    package var routeName = ""
    package var virtualHostName = ""
    package var hostname = ""
    package var responseCode: UInt16?
    package var responseFlags = ""
    /// When the request began, since the Unix epoch.
    package var startTime: Duration = .zero

    package init() {}

    /// The text of a command that does not read headers.
    func text(of command: HeaderValueCommand) -> String? {
        switch command {
        case .requestHeader, .responseHeader: nil
        case .downstreamRemoteAddress: downstreamRemote?.description
        case .downstreamRemoteAddressWithoutPort: downstreamRemote?.address.description
        case .downstreamDirectRemoteAddress: downstreamDirectRemote?.description
        case .downstreamDirectRemoteAddressWithoutPort: downstreamDirectRemote?.address.description
        case .downstreamLocalAddress: downstreamLocal?.description
        case .downstreamLocalAddressWithoutPort: downstreamLocal?.address.description
        case .downstreamLocalPort: downstreamLocal.map { String($0.port) }
        case .upstreamRemoteAddress: upstreamRemote?.description
        case .upstreamCluster: upstreamCluster
        case .protocol: protocolName
        case .requestedServerName: requestedServerName
        case .routeName: routeName
        case .virtualHostName: virtualHostName
        case .hostname: hostname
        case .responseCode: responseCode.map { String($0) }
        case .responseFlags: responseFlags.isEmpty ? "-" : responseFlags
        case .startTime(let format): StartTimeFormat.text(startTime, format)
        }
    }
}

/// `%START_TIME%`: RFC 3339 with milliseconds, or the strftime specifiers that are common in header values.
enum StartTimeFormat {
    static func text(_ sinceEpoch: Duration, _ format: String) -> String {
        let seconds = sinceEpoch.components.seconds
        let milliseconds = sinceEpoch.components.attoseconds / 1_000_000_000_000_000
        let date = CivilDate(daysSinceEpoch: seconds / 86_400)
        let second = seconds % 86_400
        let fields: [Character: String] = [
            "Y": String(date.year), "m": padded(date.month, 2), "d": padded(date.day, 2),
            "H": padded(second / 3600, 2), "M": padded(second / 60 % 60, 2), "S": padded(second % 60, 2),
            "s": String(seconds), "%": "%",
        ]
        guard !format.isEmpty else {
            let day = ["Y", "m", "d"].compactMap { fields[$0] }.joined(separator: "-")
            let time = ["H", "M", "S"].compactMap { fields[$0] }.joined(separator: ":")
            return "\(day)T\(time).\(padded(milliseconds, 3))Z"
        }
        var result = ""
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%" else {
                result.append(character)
                continue
            }
            if rest.hasPrefix("3f") {
                result += padded(milliseconds, 3)
                rest = rest.dropFirst(2)
            } else if let specifier = rest.popFirst() {
                result += fields[specifier] ?? "%\(specifier)"
            }
        }
        return result
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// A date of the proleptic Gregorian calendar.
struct CivilDate: Equatable {
    let year: Int64
    let month: Int64
    let day: Int64

    /// Counts in 400-year eras that begin on 1 March, so that the leap day is the last of its year.
    init(daysSinceEpoch: Int64) {
        let shifted = daysSinceEpoch &+ 719_468
        let era = (shifted >= 0 ? shifted : shifted &- 146_096) / 146_097
        let dayOfEra = shifted &- era &* 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra &+ era &* 400 &+ (month <= 2 ? 1 : 0)
    }
}
