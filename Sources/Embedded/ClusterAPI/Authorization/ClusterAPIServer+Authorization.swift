import ClusterStore
import KubernetesAPI

extension ClusterAPIServer {
    static let rbacGroup = "rbac.authorization.k8s.io"

    /// The stored roles and bindings, read again only after one of them changed.
    func roleIndex() async throws(StatusError) -> RoleIndex {
        if let known = roles.current { return known }
        let generation = roles.generation
        let index = RoleIndex(
            clusterRoles: try await all(Self.rbacGroup, "clusterroles"),
            clusterRoleBindings: try await all(Self.rbacGroup, "clusterrolebindings"),
            roles: try await all(Self.rbacGroup, "roles"),
            roleBindings: try await all(Self.rbacGroup, "rolebindings")
        )
        roles.set(index, of: generation)
        return index
    }

    func all(_ group: String, _ plural: String) async throws(StatusError) -> [KubernetesObject] {
        do {
            return try await store.list(group: group, plural: plural).objects.map { KubernetesObject($0.json) }
        } catch {
            throw StatusError(error)
        }
    }

    /// 403 in Kubernetes' words unless a rule allows it.
    func authorize(_ user: UserInfo, _ request: AccessRequest) async throws(StatusError) {
        if user.groups.contains("system:masters") { return }
        if try await roleIndex().allows(user, request) { return }
        throw Self.forbidden(user, request)
    }

    static func forbidden(_ user: UserInfo, _ request: AccessRequest) -> StatusError {
        switch request {
        case .path(let verb, let path):
            return StatusError(.forbidden, "forbidden: User \"\(user.name)\" cannot \(verb) path \"\(path)\"")
        case .resource(let verb, let group, let resource, let namespace, let name):
            let plural = resource.split(separator: "/").first.map(String.init) ?? resource
            let about = group.isEmpty ? plural : "\(plural).\(group)"
            let subject = name.isEmpty ? "\(about) is forbidden" : "\(about) \"\(name)\" is forbidden"
            let place = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
            var error = StatusError(
                .forbidden,
                "\(subject): User \"\(user.name)\" cannot \(verb) resource \"\(resource)\" in API group \"\(group)\" \(place)"
            )
            error.group = group
            error.kind = plural
            error.name = name
            return error
        }
    }

    /// Nobody may give rights away that they do not have (Kubernetes' privilege escalation prevention): a role's rules
    /// and the rules behind a binding must all be held by the writer, unless it may `escalate` or `bind`.
    func checkEscalation(_ user: UserInfo, _ object: KubernetesObject, _ type: ResourceType) async throws(StatusError) {
        guard type.group == Self.rbacGroup, !user.groups.contains("system:masters") else { return }
        let index = try await roleIndex()
        let isBinding = type.plural.hasSuffix("bindings")
        let role = isBinding ? object["roleRef", "name"]?.string ?? "" : object.name
        let rolePlural =
            isBinding && object["roleRef", "kind"]?.string == "ClusterRole"
            ? "clusterroles"
            : isBinding ? "roles" : type.plural
        let exemption = AccessRequest.resource(
            verb: isBinding ? "bind" : "escalate",
            group: Self.rbacGroup,
            resource: rolePlural,
            namespace: object.namespace,
            name: role
        )
        if index.allows(user, exemption) { return }
        let wanted = isBinding ? index.rules(of: object) : (object["rules"]?.array ?? []).map(PolicyRule.init)
        let held = index.rules(for: user, namespace: object.namespace)
        let missing = wanted.filter { rule in
            !rule.singleRights.allSatisfy { right in held.contains { $0.allows(right) } }
        }
        guard !missing.isEmpty else { return }
        throw StatusError(
            .forbidden,
            "\(type.groupResource) \"\(object.name)\" is forbidden: user \"\(user.name)\" is attempting to grant RBAC "
                + "permissions not currently held: \(JSONValue.array(missing.map(\.json)).jsonText)"
        ).about(type, object.name)
    }
}
