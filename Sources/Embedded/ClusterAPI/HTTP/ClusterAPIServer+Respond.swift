import ClusterSchema
import HTTPTypes
import KubernetesAPI

extension ClusterAPIServer {
    /// Answers one request: every refusal becomes a `Status`.
    func respond(_ request: APIRequest) async -> APIAnswer {
        do {
            return try await route(request)
        } catch {
            return APIAnswer(error)
        }
    }

    private func route(_ request: APIRequest) async throws(StatusError) -> APIAnswer {
        if let answer = open(request) { return answer }
        let user = try await identify(request)
        switch RequestPath(request.path) {
        case .other(let path):
            try await authorizePath(user, request, path)
            return try document(path, request)
        case .resourceList(let group, let version):
            try await authorizePath(user, request, request.path)
            guard let list = catalog.apiResourceList(group: group, version: version) else { throw .unknownPath }
            return APIAnswer(list)
        case .resource(let group, let version, let namespace, let plural, let name, let subresource):
            guard let definition = catalog.definition(group: group, version: version, plural: plural) else {
                throw .unknownResource
            }
            guard definition.type.isNamespaced || namespace.isEmpty else { throw .unknownResource }
            let target = Target(definition, namespace: namespace, name: name, subresource: subresource)
            return try await serve(request, target, user)
        }
    }

    /// What anybody may see: that the server lives, and its version.
    private func open(_ request: APIRequest) -> APIAnswer? {
        guard request.method == .get || request.method == .head else { return nil }
        let path = request.path
        if path == "/version" || path == "/version/" { return APIAnswer(versionDocument) }
        let probe = path.split(separator: "/").first.map(String.init) ?? ""
        guard ["healthz", "livez", "readyz"].contains(probe) else { return nil }
        guard request.query.flag("verbose") else { return APIAnswer(text: "ok") }
        return APIAnswer(text: "[+]ping ok\n[+]store ok\n\(probe) check passed\n")
    }

    /// Who the request is from, after impersonation; anonymous requests end here.
    func identify(_ request: APIRequest) async throws(StatusError) -> UserInfo {
        let user = try await authenticate(request.credential)
        guard user != .anonymous else { throw StatusError(.unauthorized, "Unauthorized") }
        return try await impersonated(user, request.headers)
    }

    private func authorizePath(_ user: UserInfo, _ request: APIRequest, _ path: String) async throws(StatusError) {
        let verb = request.method == .head ? "get" : request.method.rawValue.lowercased()
        try await authorize(user, .path(verb: verb, path: path))
    }

    /// `Impersonate-*` headers (`kubectl --as`): another user, when this one may be them.
    private func impersonated(_ user: UserInfo, _ headers: HTTPFields) async throws(StatusError) -> UserInfo {
        guard let name = headers.first(named: "Impersonate-User") else {
            guard !headers.contains(where: { $0.name.canonicalName.hasPrefix("impersonate-") }) else {
                throw StatusError(.badRequest, "requested impersonation without impersonating a user")
            }
            return user
        }
        var result = UserInfo(name: name, uid: headers.first(named: "Impersonate-Uid") ?? "")
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, parts[0] == "system", parts[1] == "serviceaccount" {
            try await authorize(
                user,
                .resource(
                    verb: "impersonate",
                    group: "",
                    resource: "serviceaccounts",
                    namespace: parts[2],
                    name: parts[3]
                )
            )
            result.groups = ["system:serviceaccounts", "system:serviceaccounts:\(parts[2])"]
        } else {
            try await authorize(
                user,
                .resource(verb: "impersonate", group: "", resource: "users", namespace: "", name: name)
            )
        }
        let groups = headers.filter { $0.name.canonicalName == "impersonate-group" }.map(\.value)
        for group in groups {
            try await authorize(
                user,
                .resource(verb: "impersonate", group: "", resource: "groups", namespace: "", name: group)
            )
        }
        if !groups.isEmpty { result.groups = groups }
        if !result.groups.contains("system:authenticated") { result.groups.append("system:authenticated") }
        for field in headers where field.name.canonicalName.hasPrefix("impersonate-extra-") {
            let key = RequestPath.decode(String(field.name.canonicalName.dropFirst("impersonate-extra-".count)))
            try await authorize(
                user,
                .resource(
                    verb: "impersonate",
                    group: "authentication.k8s.io",
                    resource: "userextras/\(key)",
                    namespace: "",
                    name: field.value
                )
            )
            result.extra[key, default: []].append(field.value)
        }
        return result
    }
}

extension HTTPFields {
    func first(named name: String) -> String? {
        HTTPField.Name(name).flatMap { self[values: $0].first }
    }
}

extension StatusError {
    static let unknownPath = StatusError(.notFound, "the server could not find the requested resource")
}
