package import KubernetesAPI

/// What may stand at one place of an object: its type, its members, its defaults and the constraints on its value.
///
/// Immutable and shared: the pod template of six kinds is one tree. Source: CustomResourceDefinition v1
/// `openAPIV3Schema` ("structural schema"); the built-in kinds are written in the same terms.
package final class StructuralSchema: Sendable {
    package let traits: SchemaTraits
    /// Properties that are there even when nobody wrote them.
    let defaultedProperties: [String]

    package init(_ traits: SchemaTraits) {
        self.traits = traits
        defaultedProperties = traits.properties.filter { $0.value.traits.defaultValue != nil }.keys.sorted()
    }

    /// Anything at all, kept as it is.
    package static let open = StructuralSchema(SchemaTraits(type: .any, preservesUnknown: true))

    /// The schema of a member: a declared property or the value type of a map.
    package func member(_ name: String) -> StructuralSchema? { traits.properties[name] ?? traits.additional }

    /// The schema below this one at a path of member names; list items are not entered.
    package func descendant(_ path: [String]) -> StructuralSchema? {
        var schema: StructuralSchema? = self
        for name in path { schema = schema?.member(name) }
        return schema
    }
}

/// All that a ``StructuralSchema`` says about one place.
package struct SchemaTraits: Sendable {
    /// OpenAPI's `type`, and what Kubernetes added.
    package enum ValueType: String, Sendable {
        case object, array, string, integer, number, boolean
        /// `x-kubernetes-int-or-string`.
        case intOrString
        /// No type is named: any value.
        case any
    }

    /// `x-kubernetes-list-type`.
    package enum ListType: String, Sendable { case atomic, set, map }

    package var type: ValueType
    /// `int32`, `date-time`, `quantity` ...; empty without.
    package var format = ""
    /// What `kubectl explain` prints.
    package var summary = ""
    /// The name in OpenAPI documents, such as `io.k8s.api.core.v1.PodSpec`; nil stands inline.
    package var typeName: String?
    package var isNullable = false
    package var properties: [String: StructuralSchema] = [:]
    /// The type of a map's values.
    package var additional: StructuralSchema?
    /// `x-kubernetes-preserve-unknown-fields`: members without a schema stay.
    package var preservesUnknown = false
    /// `x-kubernetes-embedded-resource`: apiVersion, kind and metadata are known here.
    package var isEmbeddedResource = false
    package var items: StructuralSchema?
    package var required: [String] = []
    package var defaultValue: JSONValue?
    package var listType: ListType?
    package var listMapKeys: [String] = []
    /// `x-kubernetes-map-type: atomic`: server-side apply owns the object as a whole.
    package var isAtomicMap = false
    /// `x-kubernetes-patch-merge-key`: how a strategic merge patch finds an item.
    package var patchMergeKey: String?
    /// `x-kubernetes-patch-strategy`: `merge`, `retainKeys`, or both separated by a comma.
    package var patchStrategy: String?
    package var constraints = ValueConstraints()
    package var allOf: [StructuralSchema] = []
    package var anyOf: [StructuralSchema] = []
    package var oneOf: [StructuralSchema] = []
    package var not: StructuralSchema?
    /// `x-kubernetes-validations` that could be compiled.
    package var rules: [ValidationRule] = []

    package init(type: ValueType, preservesUnknown: Bool = false) {
        self.type = type
        self.preservesUnknown = preservesUnknown
    }
}
