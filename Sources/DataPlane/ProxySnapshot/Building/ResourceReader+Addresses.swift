import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    func socketAddress(
        _ field: String,
        _ address: Envoy_Config_Core_V3_SocketAddress,
        allowingPortZero: Bool = false
    ) throws(InvalidResource) -> SocketAddressValue {
        guard let ip = IPAddress(address.address) else {
            throw invalid(field, "\"\(address.address)\" is not an IP address")
        }
        guard address.protocol == .tcp else { throw invalid(field, "only TCP is served") }
        if case .namedPort(let name)? = address.portSpecifier {
            throw invalid(field, "named port \"\(name)\" is not supported; use a number")
        }
        let port = try port("\(field).port_value", address.portValue, allowingZero: allowingPortZero)
        return SocketAddressValue(address: ip, port: port)
    }

    func listenerAddress(
        _ field: String,
        _ address: Envoy_Config_Core_V3_Address
    ) throws(InvalidResource) -> SocketAddressValue {
        switch address.address {
        case .socketAddress(let socket)?:
            return try socketAddress(field, socket, allowingPortZero: true)
        case .pipe?:
            throw invalid(field, "listening on a Unix domain socket is not supported")
        case nil:
            throw invalid(field, "the address is missing or of an unsupported kind")
        }
    }

    func cidrRanges(
        _ field: String,
        _ ranges: [Envoy_Config_Core_V3_CidrRange]
    ) throws(InvalidResource) -> [CIDRRange] {
        var result: [CIDRRange] = []
        for range in ranges {
            let length = range.hasPrefixLen ? range.prefixLen.value : 0
            guard let address = IPAddress(range.addressPrefix),
                let value = CIDRRange(address: address, prefixLength: Int(length))
            else {
                throw invalid(field, "\(range.addressPrefix)/\(length) is not a CIDR range")
            }
            result.append(value)
        }
        return result
    }
}
