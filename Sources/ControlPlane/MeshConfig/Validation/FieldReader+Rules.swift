internal import RegularExpressions

extension FieldReader {
    /// Labels, names and values checked.
    func labels(_ name: String, wildcards: Bool = false) -> [String: String] {
        let labels = stringMap(name)
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) {
            if let reason = NameSyntax.labelKey(key) ?? NameSyntax.labelValue(value) {
                error(name, !wildcards && value.contains("*") ? "label \(key): wildcards are not allowed" : reason)
            }
        }
        return labels
    }

    /// Visibility of an object: `*`, `.`, `~` or namespaces (Istio `exportTo`).
    func exportTo(_ name: String = "exportTo", allowsNone: Bool = true) -> [String] {
        let list = strings(name) { entry in
            if entry == "~", !allowsNone { return "`~` is not allowed here; allowed are `.`, `*` and namespaces" }
            let isRight = ["*", ".", "~"].contains(entry) || NameSyntax.label(entry) == nil
            return isRight ? nil : "\(entry.quotedForMessage) is not `.`, `*`, `~` or a namespace"
        }
        require(Set(list).count == list.count, name, "names a namespace twice")
        for entry in ["*", "~"] where list.count > 1 && list.contains(entry) {
            error(name, "`\(entry)` excludes every other entry")
        }
        return list
    }

    /// A percentage message (Istio `Percent`), 0...100; nil when absent.
    func percent(_ name: String) -> Percent? { message(name) }

    /// A whole percentage, 0...100; nil when absent.
    func wholePercent(_ name: String) -> UInt32? { integer(name, in: 0...100) }

    /// An RE2 expression that compiles; reports the reason when it does not.
    func checkExpression(_ name: String, _ text: String) {
        do throws(RegularExpressionError) {
            _ = try RegularExpression(text)
        } catch {
            self.error(name, "is not an RE2 expression: \(error)")
        }
    }

    /// Sum of weights: none negative, some positive when there are several destinations.
    func checkWeights(_ weights: [Int32], _ name: String = "route") {
        for (index, weight) in weights.enumerated() where weight < 0 {
            error(name, "weight of entry \(index) must be at least 0, not \(weight)")
        }
        let sum = weights.reduce(Int64(0)) { $0 + Int64($1) }
        require(weights.count < 2 || sum > 0, name, "the weights add up to 0, so no destination would get traffic")
        require(sum <= Int64(UInt32.max), name, "the weights add up to \(sum); at most \(UInt32.max) is allowed")
    }

    /// Reports when more than one of `names` is written.
    func exclusive(_ names: String...) {
        let written = names.filter(has)
        guard written.count > 1, let last = written.last else { return }
        error(last, "only one of \(written.joined(separator: ", ")) may be set")
    }
}

extension Percent: FieldDecodable {
    init(fields: FieldReader) {
        self.init(fields.double("value", in: 0...100) ?? 0)
    }
}

extension WorkloadSelector: FieldDecodable {
    init(fields: FieldReader) {
        self.init(labels: fields.labels("labels"))
    }
}
