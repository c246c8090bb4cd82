import KubernetesAPI

/// One webhook of a MutatingWebhookConfiguration or ValidatingWebhookConfiguration.
struct WebhookConfiguration: Sendable {
    enum Place: Sendable, Equatable {
        case url(String)
        case service(ObjectName, path: String, port: Int)
    }

    struct Rule: Sendable {
        var operations: Set<String>
        var groups: Set<String>
        var versions: Set<String>
        /// With subresources: `pods`, `pods/status`, `*`, `*/*`, `pods/*`, `*/scale`.
        var resources: Set<String>
        /// `Cluster`, `Namespaced` or `*`.
        var scope: String
    }

    var name: String
    var place: Place
    /// PEM; empty for the authorities of the system.
    var authority: String
    var rules: [Rule]
    var namespaceSelector: LabelSelector
    var objectSelector: LabelSelector
    var matchesOtherVersions: Bool
    var failureIsIgnored: Bool
    var isCalledAgain: Bool
    var hasSideEffects: Bool
    var timeout: Duration

    /// Nil for what cannot be called: no place to call it at.
    init?(_ json: JSONValue) {
        guard let client = json["clientConfig"] else { return nil }
        name = json["name"]?.string ?? ""
        if let url = client["url"]?.string {
            place = .url(url)
        } else if let service = client["service"] {
            place = .service(
                ObjectName(namespace: service["namespace"]?.string ?? "", name: service["name"]?.string ?? ""),
                path: service["path"]?.string ?? "/",
                port: service["port"]?.integer.flatMap { Int(exactly: $0) } ?? 443
            )
        } else {
            return nil
        }
        authority = client["caBundle"]?.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) } ?? ""
        rules = (json["rules"]?.array ?? []).map { rule in
            func words(_ name: String) -> Set<String> { Set(rule[name]?.array?.compactMap(\.string) ?? []) }
            return Rule(
                operations: words("operations"),
                groups: words("apiGroups"),
                versions: words("apiVersions"),
                resources: words("resources"),
                scope: rule["scope"]?.string ?? "*"
            )
        }
        namespaceSelector = LabelSelector(stored: json["namespaceSelector"] ?? [:])
        objectSelector = LabelSelector(stored: json["objectSelector"] ?? [:])
        matchesOtherVersions = json["matchPolicy"]?.string != "Exact"
        failureIsIgnored = json["failurePolicy"]?.string == "Ignore"
        isCalledAgain = json["reinvocationPolicy"]?.string == "IfNeeded"
        hasSideEffects = !["None", "NoneOnDryRun"].contains(json["sideEffects"]?.string ?? "")
        timeout = .seconds(min(30, max(1, json["timeoutSeconds"]?.integer ?? 10)))
    }

    /// Whether a rule speaks of this write.
    func matches(_ proposal: ClusterAPIServer.Proposal) -> Bool {
        let target = proposal.target
        return rules.contains { rule in
            guard rule.operations.contains("*") || rule.operations.contains(proposal.operation.rawValue),
                rule.groups.contains("*") || rule.groups.contains(target.type.group),
                matchesOtherVersions || rule.versions.contains("*") || rule.versions.contains(target.type.version)
            else { return false }
            if rule.scope == "Cluster", target.type.isNamespaced, target.type != .namespaces { return false }
            if rule.scope == "Namespaced", !target.type.isNamespaced { return false }
            let plural = target.type.plural
            guard !target.subresource.isEmpty else { return !rule.resources.isDisjoint(with: ["*", "*/*", plural]) }
            return !rule.resources.isDisjoint(
                with: ["*/*", "\(plural)/*", "*/\(target.subresource)", "\(plural)/\(target.subresource)"])
        }
    }

    /// What a configuration asks for and is not done.
    static func warnings(_ configuration: KubernetesObject) -> [String] {
        (configuration["webhooks"]?.array ?? []).enumerated().flatMap { index, webhook -> [String] in
            guard !(webhook["matchConditions"]?.array ?? []).isEmpty else { return [] }
            return [
                "webhooks[\(index)].matchConditions are not evaluated by the embedded cluster: webhook "
                    + "\"\(webhook["name"]?.string ?? "")\" is called for everything that its rules and selectors match"
            ]
        }
    }
}

/// All webhooks, in the order they are called: by the name of their configuration, then as listed.
struct WebhookIndex: Sendable {
    var mutating: [WebhookConfiguration]
    var validating: [WebhookConfiguration]

    init(mutating: [KubernetesObject], validating: [KubernetesObject]) {
        func webhooks(_ configurations: [KubernetesObject]) -> [WebhookConfiguration] {
            configurations.sorted { $0.name < $1.name }
                .flatMap { $0["webhooks"]?.array ?? [] }
                .compactMap(WebhookConfiguration.init)
        }
        self.mutating = webhooks(mutating)
        self.validating = webhooks(validating)
    }
}
