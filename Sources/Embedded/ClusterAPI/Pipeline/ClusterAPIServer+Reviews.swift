import ClusterSchema
import KubernetesAPI

extension ClusterAPIServer {
    /// Kinds that are answered and never stored: reviews of tokens, access, rules and oneself.
    func review(_ body: JSONValue, _ target: Target, _ user: UserInfo) async throws(StatusError) -> Answer {
        var answer = body
        answer["apiVersion"] = .string(target.type.apiVersion)
        answer["kind"] = .string(target.type.kind)
        if answer["metadata"] == nil { answer["metadata"] = ["creationTimestamp": nil] }
        switch target.type.kind {
        case "TokenReview": answer["status"] = await reviewToken(body)
        case "SelfSubjectAccessReview": answer["status"] = try await reviewAccess(body, user)
        case "SubjectAccessReview", "LocalSubjectAccessReview":
            let subject = UserInfo(
                name: body[path: ["spec", "user"]]?.string ?? "",
                uid: body[path: ["spec", "uid"]]?.string ?? "",
                groups: body[path: ["spec", "groups"]]?.array?.compactMap(\.string) ?? []
            )
            answer["status"] = try await reviewAccess(body, subject)
        case "SelfSubjectRulesReview": answer["status"] = try await reviewRules(body, user)
        case "SelfSubjectReview": answer["status"] = ["userInfo": user.json]
        default: throw .methodNotAllowed(target, "create")
        }
        return Answer(object: answer, code: 201)
    }

    private func reviewToken(_ body: JSONValue) async -> JSONValue {
        let audiences = body[path: ["spec", "audiences"]]?.array?.compactMap(\.string) ?? []
        guard let text = body[path: ["spec", "token"]]?.string, let user = await user(token: text, audiences: audiences)
        else { return ["authenticated": false, "user": [:], "error": "invalid bearer token"] }
        return [
            "authenticated": true, "user": user.json,
            "audiences": .array(
                (audiences.isEmpty ? [ServiceAccountToken.defaultAudience] : audiences).map { .string($0) }
            ),
        ]
    }

    private func reviewAccess(_ body: JSONValue, _ user: UserInfo) async throws(StatusError) -> JSONValue {
        let request: AccessRequest
        if let attributes = body[path: ["spec", "resourceAttributes"]], attributes.object != nil {
            let subresource = attributes["subresource"]?.string ?? ""
            let resource = attributes["resource"]?.string ?? ""
            request = .resource(
                verb: attributes["verb"]?.string ?? "",
                group: attributes["group"]?.string ?? "",
                resource: subresource.isEmpty ? resource : "\(resource)/\(subresource)",
                namespace: attributes["namespace"]?.string ?? "",
                name: attributes["name"]?.string ?? ""
            )
        } else if let attributes = body[path: ["spec", "nonResourceAttributes"]], attributes.object != nil {
            request = .path(verb: attributes["verb"]?.string ?? "", path: attributes["path"]?.string ?? "")
        } else {
            throw StatusError(
                .invalid,
                "spec.resourceAttributes: Invalid value: exactly one of nonResourceAttributes or "
                    + "resourceAttributes must be specified"
            )
        }
        let allowed = try await roleIndex().allows(user, request)
        return allowed ? ["allowed": true, "reason": "RBAC: allowed"] : ["allowed": false]
    }

    private func reviewRules(_ body: JSONValue, _ user: UserInfo) async throws(StatusError) -> JSONValue {
        let namespace = body[path: ["spec", "namespace"]]?.string ?? ""
        var rules = try await roleIndex().rules(for: user, namespace: namespace)
        if user.groups.contains("system:masters") {
            var everything = PolicyRule()
            everything.verbs = ["*"]
            everything.apiGroups = ["*"]
            everything.resources = ["*"]
            var everywhere = PolicyRule()
            everywhere.verbs = ["*"]
            everywhere.nonResourceURLs = ["*"]
            rules = [everything, everywhere] + rules
        }
        return [
            "resourceRules": .array(rules.filter { $0.nonResourceURLs.isEmpty }.map(\.json)),
            "nonResourceRules": .array(rules.filter { !$0.nonResourceURLs.isEmpty }.map(\.json)),
            "incomplete": false,
        ]
    }
}
