/// `labelSelector`: what an object's labels must be; all requirements must hold.
package struct LabelSelector: Sendable, Hashable {
    /// One condition on one label (`matchExpressions`).
    package enum Requirement: Sendable, Hashable {
        case isIn(key: String, values: Set<String>)
        /// Also true when the label is absent.
        case notIn(key: String, values: Set<String>)
        case exists(key: String)
        case doesNotExist(key: String)
    }

    package var requirements: [Requirement]

    package static let everything = LabelSelector(requirements: [])

    package init(requirements: [Requirement]) { self.requirements = requirements }

    /// All of these labels with these values, as `spec.selector` of a Service.
    package init(labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { .isIn(key: $0.key, values: [$0.value]) }
    }

    /// Whether an object with these labels is selected.
    package func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            switch requirement {
            case .isIn(let key, let values): labels[key].map(values.contains) ?? false
            case .notIn(let key, let values): !(labels[key].map(values.contains) ?? false)
            case .exists(let key): labels[key] != nil
            case .doesNotExist(let key): labels[key] == nil
            }
        }
    }
}

/// `fieldSelector`: equality of fields by path, such as `metadata.name=x,status.phase!=Running`.
package struct FieldSelector: Sendable, Hashable {
    /// One field and the value it must or must not have.
    package struct Requirement: Sendable, Hashable {
        /// Member names, such as `["metadata", "name"]`.
        package var path: [String]
        package var value: String
        package var isEqual: Bool

        package init(path: [String], value: String, isEqual: Bool = true) {
            self.path = path
            self.value = value
            self.isEqual = isEqual
        }
    }

    package var requirements: [Requirement]

    package static let everything = FieldSelector(requirements: [])

    package init(requirements: [Requirement]) { self.requirements = requirements }

    /// A missing field reads as the empty string.
    package func matches(_ object: JSONValue) -> Bool {
        requirements.allSatisfy { requirement in
            let value = object[path: requirement.path]
            let text = value?.string ?? value?.integer.map(String.init) ?? value?.bool.map(String.init) ?? ""
            return (text == requirement.value) == requirement.isEqual
        }
    }
}
