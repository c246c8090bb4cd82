/// What is captured and where it goes: the flags of `istio-iptables`, read and checked.
package struct CaptureOptions: Sendable, Equatable {
    /// How inbound connections reach the proxy.
    package enum Mode: String, Sendable, CaseIterable {
        /// By NAT; the proxy sees 127.0.0.6-like local addresses and asks the kernel for the original destination.
        case redirect = "REDIRECT"
        /// By policy routing; both addresses stay as they were.
        case tproxy = "TPROXY"
        /// Not at all.
        case none = "NONE"
    }

    /// Some ports, or all of them.
    package enum Ports: Sendable, Equatable {
        case all
        case only([UInt16])
    }

    /// Some address ranges, or all addresses.
    package enum Ranges: Sendable, Equatable {
        case all
        case only([AddressRange])
    }

    /// Groups whose outbound traffic is captured.
    package enum OwnerGroups: Sendable, Equatable {
        case all
        case only([String])
        case except([String])
    }

    /// `-m`.
    package var mode = Mode.redirect
    /// `-p`: where outbound connections go.
    package var outboundPort: UInt16 = 15001
    /// `-z`: where inbound connections go.
    package var inboundPort: UInt16 = 15006
    /// `-e`: the HBONE port, never redirected.
    package var tunnelPort: UInt16 = 15008
    /// `-u`: whose connections are the proxy's own.
    package var proxyUsers = ["1337"]
    /// `-g`.
    package var proxyGroups = ["1337"]
    /// `-b`.
    package var inboundPorts = Ports.only([])
    /// `-d`: only with `-b '*'`.
    package var excludedInboundPorts: [UInt16] = []
    /// `-i`.
    package var outboundRanges = Ranges.only([])
    /// `-x`.
    package var excludedOutboundRanges: [AddressRange] = []
    /// `-q`: captured whatever the address.
    package var outboundPorts: [UInt16] = []
    /// `-o`.
    package var excludedOutboundPorts: [UInt16] = []
    /// `-k`: interfaces of virtual machines, whose traffic counts as outbound.
    package var virtualInterfaces: [String] = []
    /// `-c`.
    package var excludedInterfaces: [String] = []
    /// `-t`.
    package var mark: UInt32 = 1337
    /// `-r`.
    package var routeTable: UInt32 = 133
    /// `--redirect-dns`, or `ISTIO_META_DNS_CAPTURE`.
    package var redirectsDNS = false
    /// `--capture-all-dns`: whatever server is asked.
    package var capturesAllDNS = false
    /// The servers of resolv.conf.
    package var nameServers: [AddressRange] = []
    /// `--drop-invalid`.
    package var dropsInvalid = false
    /// `ISTIO_OUTBOUND_OWNER_GROUPS` and `_EXCLUDE`.
    package var ownerGroups = OwnerGroups.all
    /// `ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR`.
    package var loopback = AddressRange(text: "127.0.0.1/32", isIPv6: false)

    package init() {}

    var hasLoopbackRange: Bool {
        guard case .only(let ranges) = outboundRanges else { return false }
        return ranges.contains { $0.isLoopback }
    }
}

/// A flag of `istio-iptables` that cannot be read.
package struct CaptureOptionError: Error, Equatable, CustomStringConvertible {
    package var flag: String
    package var value: String
    package var wants: String

    package var description: String { "\(flag) '\(value)': \(wants)" }
}

/// Readers of the flags' texts; lists are separated by commas, blanks around and empty members do not count.
extension CaptureOptions {
    /// Reads a port, 1 to 65535.
    package static func port(_ text: String, of flag: String) throws(CaptureOptionError) -> UInt16 {
        guard let port = UInt16(text), port > 0 else {
            throw CaptureOptionError(flag: flag, value: text, wants: "must be a port from 1 to 65535")
        }
        return port
    }

    /// Reads a whole number.
    package static func number(_ text: String, of flag: String) throws(CaptureOptionError) -> UInt32 {
        guard let number = UInt32(text) else {
            throw CaptureOptionError(flag: flag, value: text, wants: "must be a whole number")
        }
        return number
    }

    /// Reads ports between commas, or `*`.
    package static func portList(_ text: String, of flag: String) throws(CaptureOptionError) -> [UInt16] {
        var ports: [UInt16] = []
        for part in words(text) { ports.append(try port(part, of: flag)) }
        return ports
    }

    /// Reads ports between commas.
    package static func ports(_ text: String, of flag: String) throws(CaptureOptionError) -> Ports {
        words(text) == ["*"] ? .all : .only(try portList(text, of: flag))
    }

    /// Reads CIDRs between commas, or `*`.
    package static func rangeList(_ text: String, of flag: String) throws(CaptureOptionError) -> [AddressRange] {
        var ranges: [AddressRange] = []
        for part in words(text) {
            guard let range = AddressRange(part) else {
                throw CaptureOptionError(
                    flag: flag,
                    value: part,
                    wants: "must be an address or a CIDR such as 10.0.0.0/8"
                )
            }
            ranges.append(range)
        }
        return ranges
    }

    /// Reads CIDRs between commas.
    package static func ranges(_ text: String, of flag: String) throws(CaptureOptionError) -> Ranges {
        words(text) == ["*"] ? .all : .only(try rangeList(text, of: flag))
    }

    /// User or group names or numbers: what iptables takes as one word.
    package static func owners(_ text: String, of flag: String) throws(CaptureOptionError) -> [String] {
        try plainWords(text, of: flag)
    }

    /// Reads names of interfaces between commas.
    package static func interfaces(_ text: String, of flag: String) throws(CaptureOptionError) -> [String] {
        try plainWords(text, of: flag)
    }

    /// What `ISTIO_OUTBOUND_OWNER_GROUPS` (default `*`) and `ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE` say together.
    package static func ownerGroups(included: String, excluded: String) throws(CaptureOptionError) -> OwnerGroups {
        if words(included) == ["*"] || words(included).isEmpty {
            let except = try plainWords(excluded, of: "ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE")
            return except.isEmpty ? .all : .except(except)
        }
        return .only(try plainWords(included, of: "ISTIO_OUTBOUND_OWNER_GROUPS"))
    }

    private static func words(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.filter { !$0.isWhitespace } }.filter { !$0.isEmpty }
    }

    // What goes into a rule is one word without anything that iptables-restore would take apart.
    private static func plainWords(_ text: String, of flag: String) throws(CaptureOptionError) -> [String] {
        let all = words(text)
        for word in all {
            let isPlain = word.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
                    UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: ":"):
                    true
                default: false
                }
            }
            guard isPlain, word.first != "-" else {
                throw CaptureOptionError(flag: flag, value: word, wants: "must be a name or a number")
            }
        }
        return all
    }
}
