import EnvoyAPI
import MeshConfig
import SwiftProtobuf

/// Filter metadata under `istio`, by which dumps and telemetry lead back to configuration.
enum IstioMetadata {
    static let key = "istio"

    /// Path of an object as Istio writes it: `/apis/GROUP/v1/namespaces/NS/KIND-IN-KEBAB/NAME`.
    static func path(_ kind: MeshKind, namespace: String, name: String) -> String {
        "/apis/\(kind.group)/v1/namespaces/\(namespace)/\(kebab(kind.rawValue))/\(name)"
    }

    static func config(_ kind: MeshKind, _ metadata: ObjectMetadata) -> XDS.Metadata {
        var result = XDS.Metadata()
        result.setIstio("config", string: path(kind, namespace: metadata.namespace, name: metadata.name))
        return result
    }

    /// `VirtualService` as `virtual-service`.
    static func kebab(_ name: String) -> String {
        var result = ""
        for character in name {
            if character.isUppercase && !result.isEmpty { result.append("-") }
            result += character.lowercased()
        }
        return result
    }
}

extension XDS.Metadata {
    /// Says which rule of the object became this resource, such as `http[0]`, so that an explanation can name its line.
    /// Under a key of our own: Envoy and Istio's tools pass it by.
    mutating func setRule(_ path: String) {
        filterMetadata["martlet", default: Google_Protobuf_Struct()].fields["rule"] = .init(stringValue: path)
    }

    /// Says which object that rule is in, where it is another than `istio` / `config` names.
    mutating func setObject(_ key: ObjectKey) {
        let path = IstioMetadata.path(key.kind, namespace: key.namespace, name: key.name)
        filterMetadata["martlet", default: Google_Protobuf_Struct()].fields["config"] = .init(stringValue: path)
    }

    mutating func setIstio(_ field: String, string: String) {
        setIstio(field, Google_Protobuf_Value(stringValue: string))
    }

    mutating func setIstio(_ field: String, _ value: Google_Protobuf_Value) {
        filterMetadata[IstioMetadata.key, default: Google_Protobuf_Struct()].fields[field] = value
    }
}
