internal import Crypto
internal import KubernetesAPI

extension ResourceType {
    /// Answered, never stored.
    static let tokenReviews = ResourceType(
        group: "authentication.k8s.io",
        version: "v1",
        plural: "tokenreviews",
        kind: "TokenReview",
        isNamespaced: false
    )
}

/// Service-account tokens, as the Kubernetes API judges them (`authentication.k8s.io/v1 TokenReview`).
///
/// Verdicts are kept for a short while by the hash of the token, so that a mesh that reconnects is not an attack on the
/// API server.
actor KubernetesTokens: TokenReviewing {
    private struct Verdict {
        var account: Result<ServiceAccount, AuthenticationFailure>
        var until: Duration
    }

    private let api: any KubernetesAPI
    private let audience: String
    private let now: @Sendable () -> Duration
    private var verdicts: [SHA256Digest: Verdict] = [:]

    static let keptWhenGood: Duration = .seconds(60)
    static let keptWhenBad: Duration = .seconds(5)
    private static let limit = 10_000

    init(api: any KubernetesAPI, audience: String, clock: some Clock<Duration> = ContinuousClock()) {
        self.api = api
        self.audience = audience
        let start = clock.now
        now = { start.duration(to: clock.now) }
    }

    func review(_ token: String) async throws(AuthenticationFailure) -> ServiceAccount {
        let key = SHA256.hash(data: Array(token.utf8))
        if let known = verdicts[key], known.until > now() { return try known.account.get() }
        do throws(AuthenticationFailure) {
            let account = try await ask(token)
            keep(.success(account), key, for: Self.keptWhenGood)
            return account
        } catch {
            if case .refused = error { keep(.failure(error), key, for: Self.keptWhenBad) }
            throw error
        }
    }

    private func keep(
        _ account: Result<ServiceAccount, AuthenticationFailure>,
        _ key: SHA256Digest,
        for time: Duration
    ) {
        let present = now()
        if verdicts.count >= Self.limit {
            verdicts = verdicts.filter { $0.value.until > present }
            if verdicts.count >= Self.limit { verdicts = [:] }
        }
        verdicts[key] = Verdict(account: account, until: present + time)
    }

    private func ask(_ token: String) async throws(AuthenticationFailure) -> ServiceAccount {
        let review = KubernetesObject([
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
            "spec": ["token": .string(token), "audiences": [.string(audience)]],
        ])
        let answer: KubernetesObject
        do throws(StatusError) {
            answer = try await api.create(review, .tokenReviews)
        } catch {
            throw .unavailable("the Kubernetes API did not review the token: \(error)")
        }
        return try Self.account(answer, audience: audience)
    }

    /// What the status of a review says.
    static func account(
        _ review: KubernetesObject,
        audience: String
    ) throws(AuthenticationFailure) -> ServiceAccount {
        let hint = "a service account's token with the audience \"\(audience)\" is needed"
        guard review["status", "authenticated"]?.bool == true else {
            let reason = review["status", "error"]?.string ?? "the token is not valid"
            throw .refused("the Kubernetes API refuses the token: \(reason.prefix(200)); \(hint)")
        }
        guard review["status", "audiences"]?.array?.contains(.string(audience)) == true else {
            throw .refused("the token is not meant for the audience \"\(audience)\"")
        }
        guard let account = ServiceAccount(username: review["status", "user", "username"]?.string ?? "") else {
            throw .refused("the token is not a service account's; \(hint)")
        }
        return account
    }
}
