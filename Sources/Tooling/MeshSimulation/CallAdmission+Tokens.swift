import HTTPWire
import KubernetesAPI
import MeshConfig
import MeshModel
import ProxyFilters
import ProxyRouting
import ProxySnapshot

extension CallAdmission {
    private static let namespace = ContiguousArray("envoy.filters.http.jwt_authn".utf8)

    /// Whether a filter of tokens lets the request pass. What a good token says is put into both heads: the one that is
    /// told of, and the one that later filters see.
    mutating func ask(
        _ filter: TokenAuthentication,
        _ claims: JSONValue?,
        _ head: inout RequestHead,
        _ prepared: inout RequestHead
    ) -> Bool {
        if filter.bypassesPreflights, prepared.isPreflight { return true }
        let path = prepared.pathWithoutQuery ?? ByteRange(offset: 0, length: 0)
        let rule = filter.rules.first {
            RouteMatcher.mismatch(prepared, path: path, match: $0.match, random: 0) == nil
        }
        guard let requirement = rule?.requirement else { return true }
        let token = SimulatedToken(claims: claims, for: filter)
        var good: [TokenProvider] = []
        let failure = requirement.failure(providers: filter.providers.count) { position, audiences in
            guard let token, filter.providers.indices.contains(position) else { return .missing }
            let provider = filter.providers[position]
            let failure = token.failure(for: provider, audiences: audiences, now: now)
            if failure == nil { good.append(provider) }
            return failure
        }
        note(token, failure)
        if let failure {
            let text = "\(failure.text)"
            refuse(
                status: failure == .audienceNotAllowed ? 403 : 401,
                body: text,
                details: "jwt_authn_access_denied{\(text.replacing(" ", with: "_"))}",
                reason: "tokenRefused"
            )
            return false
        }
        guard let token else { return true }
        for provider in good { tell(token, provider, &head, &prepared) }
        return true
    }

    private mutating func tell(
        _ token: SimulatedToken,
        _ provider: TokenProvider,
        _ head: inout RequestHead,
        _ prepared: inout RequestHead
    ) {
        for header in provider.claimHeaders {
            guard let value = TokenGate.claim(header.path, of: token.payload)?.headerText else { continue }
            value.withUnsafeBytes { prepared.headers.set(header.name, $0) }
            value.withUnsafeBytes { head.headers.set(header.name, $0) }
        }
        guard let key = provider.payloadKey else { return }
        metadata.set(Self.namespace, key, TokenGate.normalized(token.payload, provider.spaceDelimitedClaims))
    }

    private mutating func note(_ token: SimulatedToken?, _ failure: TokenFailure?) {
        var verdict = CallVerdict(action: "JWT", result: failure == nil ? .allowed : .denied)
        verdict.message = failure.map { "\($0.text)" } ?? (token == nil ? "no token is needed" : nil)
        let issuer = token?.issuer ?? ""
        search: for policy in configuration.mesh.requestAuthentications(for: node) {
            for (index, rule) in policy.spec.jwtRules.enumerated() where rule.issuer == issuer {
                let key = ObjectKey(kind: .requestAuthentication, namespace: policy.namespace, name: policy.name)
                verdict.object = key.description
                verdict.rule = "spec.jwtRules[\(index)]"
                verdict.location = policy.metadata.source?.description
                break search
            }
        }
        verdicts.append(verdict)
    }
}

extension RequestHead {
    /// CORS (Fetch standard): such a request bears no token.
    fileprivate var isPreflight: Bool {
        method == .options && headers.isPresent(.origin) && headers.isPresent(.accessControlRequestMethod)
    }
}
