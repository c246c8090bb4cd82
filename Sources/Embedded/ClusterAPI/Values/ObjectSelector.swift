import KubernetesAPI

extension LabelSelector {
    /// `metav1.LabelSelector` in a stored object; one that cannot be read selects nothing.
    init(stored json: JSONValue) {
        if let selector = try? LabelSelector(json) {
            self = selector
        } else {
            self.init(requirements: [.isIn(key: "", values: [])])
        }
    }
}
