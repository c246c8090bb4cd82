import Glibc

/// A `NETLINK_ROUTE` socket of the calling thread's network namespace; one request at a time.
struct RouteSocket: ~Copyable {
    private let descriptor: Int32
    private var sequence: UInt32 = 0

    init() throws(SystemCallError) {
        let type = SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue
        // NETLINK_ROUTE is protocol 0.
        descriptor = socket(AF_NETLINK, Int32(bitPattern: type), 0)
        guard descriptor >= 0 else { throw SystemCallError("open a netlink socket") }
    }

    deinit { close(descriptor) }

    private mutating func request(
        _ kind: NetlinkMessage.Kind,
        _ operation: String,
        _ body: (inout NetlinkMessage) -> Void
    ) throws(SystemCallError) {
        sequence &+= 1
        let bytes = NetlinkMessage(kind, sequence: sequence, header: body).finished
        guard send(descriptor, bytes, bytes.count, 0) == bytes.count else { throw SystemCallError(operation) }
        var answer = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = recv(descriptor, &answer, answer.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count >= 20 else { throw SystemCallError(operation, code: count < 0 ? errno : EPROTO) }
            // NLMSG_ERROR, which with code 0 is the acknowledgement.
            guard Self.number(answer, at: 4) & 0xFFFF == 2, Self.number(answer, at: 8) == sequence else { continue }
            let code = Int32(bitPattern: Self.number(answer, at: 16))
            guard code == 0 else { throw SystemCallError(operation, code: 0 &- code) }
            return
        }
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
    }

    mutating func setUp(interface index: UInt32) throws(SystemCallError) {
        try request(.setLink, "set interface \(index) up") { message in
            message.appendLinkHeader(index: Int32(bitPattern: index), isUp: true)
        }
    }

    /// A veth pair: this end up, the other inside the namespace behind `peerNamespace`, down.
    mutating func addPair(_ pair: VirtualEthernetPair, peerNamespace: Int32) throws(SystemCallError) {
        try request(.newLink, "make the interfaces \(pair.name) and \(pair.peerName)") { message in
            message.appendLinkHeader(isUp: true)
            message.attribute(3, text: pair.name)
            message.attribute(1, pair.hardwareAddress)
            message.attribute(18) { link in
                link.attribute(1, text: "veth")
                link.attribute(2) { data in
                    data.attribute(1) { peer in
                        peer.appendLinkHeader()
                        peer.attribute(3, text: pair.peerName)
                        peer.attribute(1, pair.peerHardwareAddress)
                        peer.attribute(28, number: peerNamespace)
                    }
                }
            }
        }
    }

    /// No error when there is none.
    mutating func deleteLink(_ name: String) throws(SystemCallError) {
        do {
            try request(.deleteLink, "delete the interface \(name)") { message in
                message.appendLinkHeader()
                message.attribute(3, text: name)
            }
        } catch {
            guard error.code == ENODEV else { throw error }
        }
    }

    mutating func addAddress(_ address: IPv4Address, interface index: UInt32) throws(SystemCallError) {
        try request(.newAddress, "add the address \(address)") { message in
            message.append(UInt8(AF_INET))
            message.append(UInt8(32))
            message.append(UInt16(0))
            message.append(index)
            message.attribute(2, address.bytes)
            message.attribute(1, address.bytes)
        }
    }

    /// A permanent neighbour: nobody asks by ARP.
    mutating func addNeighbour(
        _ address: IPv4Address,
        _ hardwareAddress: [UInt8],
        interface index: UInt32
    ) throws(SystemCallError) {
        try request(.newNeighbour, "add the neighbour \(address)") { message in
            message.append(UInt32(AF_INET))
            message.append(index)
            // NUD_PERMANENT
            message.append(UInt16(0x80))
            message.append(UInt16(0))
            message.attribute(1, address.bytes)
            message.attribute(2, hardwareAddress)
        }
    }

    mutating func addRoute(
        _ destination: IPv4Range,
        interface index: UInt32,
        gateway: IPv4Address? = nil,
        source: IPv4Address? = nil
    ) throws(SystemCallError) {
        try request(.newRoute, "add a route to \(destination)") { message in
            message.append(UInt8(AF_INET))
            message.append(destination.prefixLength)
            message.append(UInt16(0))
            // RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_LINK or _UNIVERSE, RTN_UNICAST
            message.append(UInt8(254))
            message.append(UInt8(3))
            message.append(UInt8(gateway == nil ? 253 : 0))
            message.append(UInt8(1))
            // RTNH_F_ONLINK
            message.append(UInt32(gateway == nil ? 0 : 4))
            message.attribute(1, destination.first.bytes)
            message.attribute(4, number: index)
            if let gateway { message.attribute(5, gateway.bytes) }
            if let source { message.attribute(7, source.bytes) }
        }
    }
}

/// Two interfaces that are the ends of one cable.
struct VirtualEthernetPair: Equatable {
    var name: String
    var hardwareAddress: [UInt8]
    var peerName = "eth0"
    var peerHardwareAddress: [UInt8]

    /// The pair of a pod: named after its address, so that a pair left behind cannot meet another pod's.
    init(pod address: IPv4Address) {
        let digits = String(address.number & 0xFFFF_FFFF, radix: 16)
        name = "pod" + String(repeating: "0", count: 8 - digits.count) + digits
        hardwareAddress = [UInt8](repeating: 0xEE, count: 6)
        peerHardwareAddress = [0x0A, 0x58] + address.bytes
    }
}
