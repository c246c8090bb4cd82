import KubernetesAPI

extension SchemaValidator {
    /// The constraints on this very value.
    mutating func check(_ value: JSONValue, _ traits: SchemaTraits, _ path: String) {
        let constraints = traits.constraints
        if let allowed = constraints.allowed, !allowed.contains(value) {
            // Go leaves out empty strings, so they are as good as absent in built-in kinds.
            if isCustom || value != "" {
                report(.notSupported(path, value, allowed.map { $0.string ?? $0.jsonText }))
            }
        }
        switch value {
        case .integer, .number:
            if let number = value.double { check(number, value, constraints, path) }
        case .string(let text):
            checkText(text, traits, path)
        case .array(let elements):
            if let least = constraints.minItems, elements.count < least {
                report(
                    .invalid(
                        path,
                        .integer(Int64(elements.count)),
                        "\(path) in body should have at least \(least) items"
                    )
                )
            }
            if let most = constraints.maxItems, elements.count > most {
                report(
                    FieldError(
                        reason: .tooMany,
                        field: path,
                        message: "Too many: \(elements.count): must have at most \(most) items"
                    )
                )
            }
            if constraints.hasUniqueItems, Set(elements).count != elements.count {
                report(.invalid(path, value, "\(path) in body shouldn't contain duplicates"))
            }
        case .object(let members):
            if let least = constraints.minProperties, members.count < least {
                report(.invalid(path, value, "\(path) in body should have at least \(least) properties"))
            }
            if let most = constraints.maxProperties, members.count > most {
                report(.invalid(path, value, "\(path) in body must have at most \(most) properties"))
            }
        default: break
        }
    }

    private mutating func check(_ number: Double, _ value: JSONValue, _ limits: ValueConstraints, _ path: String) {
        if !isCustom, let least = limits.minimum, let most = limits.maximum {
            guard number < least || number > most else { return }
            report(
                .invalid(path, value, "must be between \(Quantity.text(least)) and \(Quantity.text(most)), inclusive")
            )
            return
        }
        if let least = limits.minimum, limits.isMinimumExclusive ? number <= least : number < least {
            let word = limits.isMinimumExclusive ? "greater than" : "greater than or equal to"
            report(
                .invalid(
                    path,
                    value,
                    isCustom
                        ? "\(path) in body should be \(word) \(Quantity.text(least))"
                        : "must be \(word) \(Quantity.text(least))"
                )
            )
        }
        if let most = limits.maximum, limits.isMaximumExclusive ? number >= most : number > most {
            let word = limits.isMaximumExclusive ? "less than" : "less than or equal to"
            report(.invalid(path, value, "\(path) in body should be \(word) \(Quantity.text(most))"))
        }
        if let divisor = limits.multipleOf, divisor > 0 {
            let quotient = number / divisor
            if abs(quotient - quotient.rounded()) > 1e-9 {
                report(.invalid(path, value, "\(path) in body should be a multiple of \(Quantity.text(divisor))"))
            }
        }
    }

    private mutating func checkText(_ text: String, _ traits: SchemaTraits, _ path: String) {
        let limits = traits.constraints
        if let least = limits.minLength, text.unicodeScalars.count < least {
            report(.invalid(path, .string(text), "\(path) in body should be at least \(least) chars long"))
        }
        if let most = limits.maxLength, text.unicodeScalars.count > most {
            report(.tooLong(path, most))
        }
        if let pattern = limits.pattern, !pattern.matches(text) {
            report(.invalid(path, .string(text), "\(path) in body should match '\(pattern.text)'"))
        }
        if traits.format == "quantity" {
            if Quantity.value(text) == nil { report(.invalid(path, .string(text), "is not a quantity")) }
        } else if !traits.format.isEmpty, let problem = TextFormat.problem(text, format: traits.format) {
            let detail = isCustom ? "\(path) in body must be of type \(traits.format): \"\(text)\"" : problem
            report(.invalid(path, .string(text), detail))
        }
    }
}
