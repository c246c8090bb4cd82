package import ProxySnapshot

extension TokenRequirement {
    /// Why the requirement is not met; nil if it is. `check` says the same of one provider, by its position and the
    /// audiences asked for in place of its own.
    ///
    /// Envoy's `jwt_authn` verifiers. Providers are asked in order, and no more of them than needed.
    package func failure(
        providers: Int,
        check: (Int, [ContiguousArray<UInt8>]) -> TokenFailure?
    ) -> TokenFailure? {
        switch self {
        case .provider(let position, let audiences):
            return check(position, audiences)
        case .all(let parts):
            for part in parts {
                if let failure = part.failure(providers: providers, check: check) { return failure }
            }
            return nil
        case .any(let parts):
            return Self.failure(ofAny: parts, providers, check)
        case .allowMissing:
            // Whoever's token it is, it must be good.
            let all = (0..<providers).map { TokenRequirement.provider($0, audiences: []) }
            return Self.failure(ofAny: all + [.allowMissing], providers, check)
        case .allowMissingOrFailed:
            for position in 0..<providers { _ = check(position, []) }
            return nil
        }
    }

    private static func failure(
        ofAny parts: [TokenRequirement],
        _ providers: Int,
        _ check: (Int, [ContiguousArray<UInt8>]) -> TokenFailure?
    ) -> TokenFailure? {
        var worst = TokenFailure.missing
        var mayBeMissing = false
        var mayFail = false
        for part in parts {
            switch part {
            case .allowMissing: mayBeMissing = true
            case .allowMissingOrFailed: mayFail = true
            case .provider, .any, .all:
                guard let failure = part.failure(providers: providers, check: check) else { return nil }
                if failure.weight >= worst.weight { worst = failure }
            }
        }
        if mayFail || (mayBeMissing && worst == .missing) { return nil }
        return worst
    }
}
