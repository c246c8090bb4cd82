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

extension CheckAnswer {
    /// What a response means; one that changes what it may not change has failed.
    init(_ response: Envoy_Service_Auth_V3_CheckResponse) {
        guard response.status.code == 0 else {
            let denied = response.deniedResponse
            let status = denied.status.code.rawValue
            self = .denied(
                status: (100..<600).contains(status) ? UInt16(status) : 403,
                headers: denied.headers.compactMap { Self.header($0, appends: $0.append.value) }
                    .filter(LocalResponse.isSound),
                body: ContiguousArray(denied.body.utf8)
            )
            return
        }
        var changes = CheckChanges()
        let allowed = response.okResponse
        guard allowed.queryParametersToSet.isEmpty, allowed.queryParametersToRemove.isEmpty else {
            // Not done: what the service relies on would not be so.
            self = .failed
            return
        }
        for option in allowed.headers {
            guard let header = Self.header(option, appends: option.append.value), LocalResponse.isSound(header) else {
                self = .failed
                return
            }
            changes.requestHeaders.append(header)
        }
        for option in allowed.responseHeadersToAdd {
            // Here the default is to add.
            let appends = !option.hasAppend || option.append.value
            guard let header = Self.header(option, appends: appends), LocalResponse.isSound(header) else {
                self = .failed
                return
            }
            changes.responseHeaders.append(header)
        }
        for name in allowed.headersToRemove {
            let header = LocalResponse.Header(name: HeaderName(name), value: [])
            // Pseudo-headers and the host stay, as in Envoy.
            if LocalResponse.isSound(header) { changes.removals.append(header.name) }
        }
        self = .allowed(changes)
    }

    private static func header(
        _ option: Envoy_Config_Core_V3_HeaderValueOption,
        appends: Bool
    ) -> LocalResponse.Header? {
        guard !option.header.key.isEmpty else { return nil }
        return LocalResponse.Header(
            name: HeaderName(option.header.key),
            value: ContiguousArray(option.header.value.utf8),
            replaces: !appends
        )
    }
}
