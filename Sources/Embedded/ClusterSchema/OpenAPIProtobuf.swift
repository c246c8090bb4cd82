import KubernetesAPI

/// OpenAPI v2 in its protobuf form (gnostic's `openapi.v2.Document`), as far as kubectl reads it.
///
/// kubectl asks it for what PATCH accepts of kinds that OpenAPI v3 does not list, such as `List`; schemas are in
/// OpenAPI v3 and in the JSON form.
enum OpenAPIProtobuf {
    static func document(of definitions: [ResourceDefinition]) -> [UInt8] {
        var document = Message()
        document.text(1, "2.0")
        document.message(2) { info in
            info.text(1, "Kubernetes")
            info.text(2, "v1")
        }
        document.message(8) { paths in
            for definition in definitions where definition.isStored && definition.verbs.contains("patch") {
                paths.message(2) { path in
                    path.text(1, Self.path(definition.type))
                    path.message(2) { item in item.message(8) { patch(&$0, definition.type) } }
                }
            }
        }
        return document.bytes
    }

    private static func path(_ type: ResourceType) -> String {
        let root = type.group.isEmpty ? "/api/\(type.version)" : "/apis/\(type.group)/\(type.version)"
        return "\(root)\(type.isNamespaced ? "/namespaces/{namespace}" : "")/\(type.plural)/{name}"
    }

    /// `Operation`: its query parameters, and the kind as an extension in YAML.
    private static func patch(_ operation: inout Message, _ type: ResourceType) {
        for (name, kind) in [
            ("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string"), ("force", "boolean"),
        ] {
            operation.message(8) { item in
                item.message(1) { parameter in
                    parameter.message(2) { place in
                        place.message(3) { query in
                            query.text(2, "query")
                            query.text(4, name)
                            query.text(6, kind)
                        }
                    }
                }
            }
        }
        operation.message(13) { extensions in
            extensions.text(1, "x-kubernetes-group-version-kind")
            extensions.message(2) { value in
                value.text(2, "group: \"\(type.group)\"\nkind: \(type.kind)\nversion: \(type.version)\n")
            }
        }
    }

    /// A protobuf message being written: strings and messages are all that is needed.
    private struct Message {
        var bytes: [UInt8] = []

        mutating func text(_ field: UInt8, _ text: String) { write(field, Array(text.utf8)) }

        mutating func message(_ field: UInt8, _ fill: (inout Message) -> Void) {
            var inner = Message()
            fill(&inner)
            write(field, inner.bytes)
        }

        private mutating func write(_ field: UInt8, _ content: [UInt8]) {
            varint(UInt64(field) << 3 | 2)
            varint(UInt64(content.count))
            bytes += content
        }

        private mutating func varint(_ number: UInt64) {
            var rest = number
            while rest >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
                rest >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: rest))
        }
    }
}

extension SchemaCatalog {
    /// The document of `/openapi/v2` for clients that take only protobuf.
    package func openAPIV2Protobuf() -> [UInt8] { OpenAPIProtobuf.document(of: definitions) }
}
