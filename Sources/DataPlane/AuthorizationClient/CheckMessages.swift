internal import EnvoyAPI
internal import HTTPWire
internal import ProxyFilters
internal import ProxySnapshot
internal import SwiftProtobuf

#if canImport(FoundationEssentials)
internal import FoundationEssentials
#else
internal import Foundation
#endif

extension CheckSubject {
    /// The subject as the service wants it.
    var message: Envoy_Service_Auth_V3_CheckRequest {
        var attributes = Envoy_Service_Auth_V3_AttributeContext()
        attributes.source.address = Self.address(source)
        attributes.source.principal = sourcePrincipal
        attributes.source.certificate = certificate
        attributes.destination.address = Self.address(destination)
        attributes.destination.principal = destinationPrincipal
        attributes.request.time = Google_Protobuf_Timestamp(date: Date())
        if let serverName { attributes.tlsSession.sni = serverName }
        if let http {
            var request = Envoy_Service_Auth_V3_AttributeContext.HttpRequest()
            request.id = http.id
            request.method = http.method
            request.headers = http.headers
            request.path = http.path
            request.host = http.host
            request.scheme = http.scheme
            request.size = http.size
            request.protocol = http.protocol
            if http.packsBodyAsBytes {
                request.rawBody = Data(http.body)
            } else {
                request.body =
                    String(validating: http.body, as: UTF8.self)
                    ?? String(decoding: http.body.map { $0 < 0x80 ? $0 : UInt8(ascii: "!") }, as: UTF8.self)
            }
            attributes.request.http = request
        }
        var request = Envoy_Service_Auth_V3_CheckRequest()
        request.attributes = attributes
        return request
    }

    private static func address(_ value: SocketAddressValue) -> Envoy_Config_Core_V3_Address {
        var address = Envoy_Config_Core_V3_Address()
        address.socketAddress.address = "\(value.address)"
        address.socketAddress.portValue = UInt32(value.port)
        return address
    }
}
