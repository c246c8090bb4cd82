import EnvoyAPI
import SwiftProtobuf

extension ResourceReader {
    /// Reads an HTTP filter that lets requests pass or refuses them; nil for others.
    mutating func securityFilter(_ any: Google_Protobuf_Any) throws(InvalidResource) -> HTTPFilter? {
        if any.isA(Envoy_Extensions_Filters_Http_Rbac_V3_RBAC.self) {
            let message = try unpack(any, Envoy_Extensions_Filters_Http_Rbac_V3_RBAC.self)
            return .authorization(try httpAuthorization(message))
        }
        if any.isA(Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication.self) {
            let message = try unpack(any, Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication.self)
            return .tokens(try tokenAuthentication(message))
        }
        if any.isA(Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz.self) {
            let message = try unpack(any, Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz.self)
            return .externalAuthorization(try externalAuthorization(message))
        }
        return nil
    }

    /// Reads a network filter before the terminal one.
    mutating func connectionGuard(
        _ message: Envoy_Config_Listener_V3_Filter
    ) throws(InvalidResource) -> ConnectionGuard {
        let any = message.typedConfig
        if any.isA(Envoy_Extensions_Filters_Network_Rbac_V3_RBAC.self) {
            let authorization = try unpack(any, Envoy_Extensions_Filters_Network_Rbac_V3_RBAC.self)
            return .authorization(try networkAuthorization(authorization))
        }
        if any.isA(Envoy_Extensions_Filters_Network_ExtAuthz_V3_ExtAuthz.self) {
            let check = try unpack(any, Envoy_Extensions_Filters_Network_ExtAuthz_V3_ExtAuthz.self)
            return .externalAuthorization(try externalAuthorization(check))
        }
        throw invalid("", "the network filter \"\(message.name)\" (\(any.typeURL)) is not supported")
    }

    /// `set_filter_state` is taken for one thing: the ALPN of connections upstream. The cluster's own TLS settings know
    /// that in this proxy, so nothing is left to do.
    mutating func checkFilterState(
        _ message: Envoy_Extensions_Filters_Http_SetFilterState_V3_Config
    ) throws(InvalidResource) {
        try refuseUnknownFields(message)
        for (index, value) in message.onRequestHeaders.enumerated() {
            let field = "on_request_headers[\(index)]"
            try refuseUnknownFields(value)
            guard value.objectKey == "envoy.network.application_protocols" else {
                throw invalid(
                    "\(field).object_key",
                    "\"\(value.objectKey)\": only envoy.network.application_protocols is supported"
                )
            }
            guard case .textFormatSource(let source)? = value.formatString.format,
                case .inlineString(let text)? = source.specifier, !text.contains("%")
            else { throw invalid("\(field).format_string", "only a plain inline_string is supported") }
        }
    }

    func clientCertificateDetails(
        _ message: Envoy_Extensions_Filters_Network_HttpConnectionManager_V3_HttpConnectionManager
            .SetCurrentClientCertDetails
    ) throws(InvalidResource) -> ClientCertificateDetails {
        ClientCertificateDetails(
            subject: message.subject.value,
            cert: message.cert,
            chain: message.chain,
            dns: message.dns,
            uri: message.uri
        )
    }
}
