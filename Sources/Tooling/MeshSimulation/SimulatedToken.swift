import HTTPWire
import KubernetesAPI
import ProxyFilters
import ProxySnapshot

/// The token of a pretend call: its claims; the signature counts as good.
struct SimulatedToken {
    let payload: MetadataValue
    let issuer: String
    private let place: Place

    /// Where tokens stand in requests.
    private enum Place: Equatable {
        case header(TokenHeader)
        case parameter(ContiguousArray<UInt8>)
        case cookie(ContiguousArray<UInt8>)

        static func places(of provider: TokenProvider) -> [Place] {
            provider.headers.map(Place.header) + provider.parameters.map(Place.parameter)
                + provider.cookies.map(Place.cookie)
        }
    }

    /// The token stands where the first provider of its issuer looks for it; a stranger's stands in `authorization`.
    init?(claims: JSONValue?, for filter: TokenAuthentication) {
        guard let claims, case .object(let members) = claims else { return nil }
        payload = MetadataValue(claims)
        issuer = members["iss"]?.string ?? ""
        let own = ContiguousArray(issuer.utf8)
        let home = filter.providers.first { $0.issuer == own } ?? filter.providers.first { $0.issuer.isEmpty }
        let usual = TokenHeader(name: HeaderName(.authorization), prefix: ContiguousArray("Bearer ".utf8))
        place = home.flatMap { Place.places(of: $0).first } ?? .header(usual)
    }

    /// Why the token does not count for a provider; `now` in seconds since 1970, nil leaves times aside.
    func failure(
        for provider: TokenProvider,
        audiences: [ContiguousArray<UInt8>],
        now: Int64?
    ) -> TokenFailure? {
        guard Place.places(of: provider).contains(place) else { return .missing }
        guard provider.issuer.isEmpty || provider.issuer == ContiguousArray(issuer.utf8) else { return .unknownIssuer }
        if let now {
            if let start = seconds("nbf"), start > now + provider.clockSkewSeconds { return .notYetValid }
            if let end = seconds("exp"), end < now - provider.clockSkewSeconds { return .expired }
        }
        let wanted = audiences.isEmpty ? provider.audiences : audiences
        guard wanted.isEmpty || ownAudiences.contains(where: wanted.contains) else { return .audienceNotAllowed }
        return nil
    }

    private func member(_ name: String) -> MetadataValue? { payload.member(ContiguousArray(name.utf8)) }

    private func seconds(_ name: String) -> Int64? {
        switch member(name) {
        case .integer(let seconds)?: seconds
        case .number(let seconds)?: Int64(exactly: seconds.rounded(.down))
        default: nil
        }
    }

    private var ownAudiences: [ContiguousArray<UInt8>] {
        let values: [MetadataValue]
        switch member("aud") {
        case .list(let elements)?: values = elements
        case let value?: values = [value]
        case nil: values = []
        }
        return values.compactMap { if case .text(let text) = $0 { TokenProvider.audience(text) } else { nil } }
    }
}

extension MetadataValue {
    init(_ value: JSONValue) {
        switch value {
        case .null: self = .null
        case .bool(let flag): self = .boolean(flag)
        case .integer(let number): self = .integer(number)
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(ContiguousArray(text.utf8))
        case .array(let elements): self = .list(elements.map { MetadataValue($0) })
        case .object(let members):
            self = .object(
                members.sorted { $0.key < $1.key }.map {
                    MetadataMember(name: ContiguousArray($0.key.utf8), value: MetadataValue($0.value))
                }
            )
        }
    }
}
