import KubernetesAPI

/// The rules of all stored roles, by who is bound to them: what RBAC decides from.
struct RoleIndex: Sendable {
    private struct Subject: Hashable {
        /// `User`, `Group` or `ServiceAccount` (then the name is the user name of the account).
        var isGroup: Bool
        var name: String
    }

    private struct Grant {
        /// Empty for a ClusterRoleBinding.
        var namespace: String
        var rules: [PolicyRule]
    }

    private var grants: [Subject: [Grant]] = [:]
    private var clusterRoles: [String: [PolicyRule]] = [:]
    private var roles: [ObjectName: [PolicyRule]] = [:]

    init(
        clusterRoles: [KubernetesObject],
        clusterRoleBindings: [KubernetesObject],
        roles: [KubernetesObject],
        roleBindings: [KubernetesObject]
    ) {
        for role in clusterRoles { self.clusterRoles[role.name] = Self.rules(role, among: clusterRoles) }
        for role in roles { self.roles[role.objectName] = Self.rules(role, among: []) }
        for binding in clusterRoleBindings + roleBindings { bind(binding) }
    }

    private mutating func bind(_ binding: KubernetesObject) {
        let rules = rules(of: binding)
        for subject in binding["subjects"]?.array ?? [] {
            guard let name = subject["name"]?.string else { continue }
            let who: Subject
            switch subject["kind"]?.string {
            case "User": who = Subject(isGroup: false, name: name)
            case "Group": who = Subject(isGroup: true, name: name)
            case "ServiceAccount":
                let namespace = subject["namespace"]?.string ?? binding.namespace
                who = Subject(isGroup: false, name: "system:serviceaccount:\(namespace):\(name)")
            default: continue
            }
            grants[who, default: []].append(Grant(namespace: binding.namespace, rules: rules))
        }
    }

    /// The rules that a binding refers to; none when its role does not exist.
    func rules(of binding: KubernetesObject) -> [PolicyRule] {
        let name = binding["roleRef", "name"]?.string ?? ""
        if binding["roleRef", "kind"]?.string == "ClusterRole" { return clusterRoles[name] ?? [] }
        return roles[ObjectName(namespace: binding.namespace, name: name)] ?? []
    }

    /// A role's own rules, and for an aggregated one those of the cluster roles that its selectors choose.
    static func rules(_ role: KubernetesObject, among clusterRoles: [KubernetesObject]) -> [PolicyRule] {
        var rules = (role["rules"]?.array ?? []).map(PolicyRule.init)
        for selector in role["aggregationRule", "clusterRoleSelectors"]?.array ?? [] {
            let wanted = LabelSelector(stored: selector)
            for other in clusterRoles where other.name != role.name && wanted.matches(other.labels) {
                rules += (other["rules"]?.array ?? []).map(PolicyRule.init)
            }
        }
        return rules
    }

    /// The rules a user has in a namespace, those of the whole cluster included.
    func rules(for user: UserInfo, namespace: String) -> [PolicyRule] {
        subjects(user).flatMap { grants[$0] ?? [] }
            .filter { $0.namespace.isEmpty || (!namespace.isEmpty && $0.namespace == namespace) }
            .flatMap(\.rules)
    }

    func allows(_ user: UserInfo, _ request: AccessRequest) -> Bool {
        if user.groups.contains("system:masters") { return true }
        var namespace = ""
        if case .resource(_, _, _, let place, _) = request { namespace = place }
        return subjects(user).contains { subject in
            (grants[subject] ?? []).contains { grant in
                (grant.namespace.isEmpty || (!namespace.isEmpty && grant.namespace == namespace))
                    && grant.rules.contains { $0.allows(request) }
            }
        }
    }

    private func subjects(_ user: UserInfo) -> [Subject] {
        [Subject(isGroup: false, name: user.name)] + user.groups.map { Subject(isGroup: true, name: $0) }
    }
}
