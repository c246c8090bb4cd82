import EnvoyAPI
import Foundation
import SwiftProtobuf
import XDSProtocol

typealias Delta = Envoy_Service_Discovery_V3_DeltaDiscoveryRequest
typealias SotW = Envoy_Service_Discovery_V3_DiscoveryRequest

/// Resources from "name=version" words; the body names both so that tests can read what was sent.
func resources(_ words: String) -> [VersionedResource] {
    words.split(separator: " ").map { word in
        let parts = word.split(separator: "=").map(String.init)
        var body = Google_Protobuf_Any()
        body.typeURL = "test"
        body.value = Data(word.utf8)
        return VersionedResource(name: parts[0], version: parts.count > 1 ? parts[1] : "1", body: body)
    }
}

func delta(
    _ type: ResourceType,
    subscribe: [String] = [],
    unsubscribe: [String] = [],
    initial: [String: String] = [:],
    nonce: String = "",
    error: String? = nil
) -> Delta {
    var request = Delta()
    request.typeURL = type.typeURL
    request.resourceNamesSubscribe = subscribe
    request.resourceNamesUnsubscribe = unsubscribe
    request.initialResourceVersions = initial
    request.responseNonce = nonce
    if let error {
        request.errorDetail.code = 3
        request.errorDetail.message = error
    }
    return request
}

func sotw(
    _ type: ResourceType,
    names: [String] = [],
    version: String = "",
    nonce: String = "",
    error: String? = nil
) -> SotW {
    var request = SotW()
    request.typeURL = type.typeURL
    request.resourceNames = names
    request.versionInfo = version
    request.responseNonce = nonce
    if let error {
        request.errorDetail.code = 3
        request.errorDetail.message = error
    }
    return request
}

/// What went over the wire, in words: "a=1 b=2 -c", "nothing" for an empty response, "silence" for none.
func words(_ answer: Answer<Envoy_Service_Discovery_V3_DeltaDiscoveryResponse>?) -> String {
    guard let response = answer?.response else { return "silence" }
    let sent = response.resources.map { "\($0.name)=\($0.version)" } + response.removedResources.map { "-\($0)" }
    return sent.isEmpty ? "nothing" : sent.joined(separator: " ")
}

func words(_ answer: Answer<Envoy_Service_Discovery_V3_DiscoveryResponse>?) -> String {
    guard let response = answer?.response else { return "silence" }
    let sent = response.resources.map { String(decoding: $0.value, as: UTF8.self) }
    return sent.isEmpty ? "nothing" : sent.joined(separator: " ")
}
