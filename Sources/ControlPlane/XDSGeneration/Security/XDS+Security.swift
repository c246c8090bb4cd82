import EnvoyAPI

/// Short names of the messages of authorization and tokens.
extension XDS {
    typealias RBAC = Envoy_Config_Rbac_V3_RBAC
    typealias RBACPolicy = Envoy_Config_Rbac_V3_Policy
    typealias Permission = Envoy_Config_Rbac_V3_Permission
    typealias Principal = Envoy_Config_Rbac_V3_Principal
    typealias HTTPRBAC = Envoy_Extensions_Filters_Http_Rbac_V3_RBAC
    typealias NetworkRBAC = Envoy_Extensions_Filters_Network_Rbac_V3_RBAC
    typealias HTTPExtAuthz = Envoy_Extensions_Filters_Http_ExtAuthz_V3_ExtAuthz
    typealias NetworkExtAuthz = Envoy_Extensions_Filters_Network_ExtAuthz_V3_ExtAuthz
    typealias JwtAuthentication = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtAuthentication
    typealias JwtProvider = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtProvider
    typealias JwtRequirement = Envoy_Extensions_Filters_Http_JwtAuthn_V3_JwtRequirement
    typealias MetadataMatcher = Envoy_Type_Matcher_V3_MetadataMatcher
    typealias ValueMatcher = Envoy_Type_Matcher_V3_ValueMatcher
    typealias ListStringMatcher = Envoy_Type_Matcher_V3_ListStringMatcher
}

extension ExtensionName {
    static let httpRBAC = "envoy.filters.http.rbac"
    static let networkRBAC = "envoy.filters.network.rbac"
    static let httpExtAuthz = "envoy.filters.http.ext_authz"
    static let networkExtAuthz = "envoy.filters.network.ext_authz"
    static let jwtAuthn = "envoy.filters.http.jwt_authn"
}

extension XDS.Permission {
    static let everything: XDS.Permission = {
        var permission = XDS.Permission()
        permission.any = true
        return permission
    }()

    /// All must hold; none is everything.
    static func all(_ permissions: [XDS.Permission]) -> XDS.Permission {
        var result = XDS.Permission()
        result.andRules.rules = permissions.isEmpty ? [everything] : permissions
        return result
    }

    /// One must hold.
    static func one(of permissions: [XDS.Permission]) -> XDS.Permission {
        var result = XDS.Permission()
        result.orRules.rules = permissions
        return result
    }

    static func not(_ permission: XDS.Permission) -> XDS.Permission {
        var result = XDS.Permission()
        result.notRule = permission
        return result
    }

    static func header(_ matcher: XDS.HeaderMatcher) -> XDS.Permission {
        var result = XDS.Permission()
        result.header = matcher
        return result
    }

    static func path(_ matcher: XDS.StringMatcher) -> XDS.Permission {
        var result = XDS.Permission()
        result.urlPath.path = matcher
        return result
    }
}

extension XDS.Principal {
    static let anybody: XDS.Principal = {
        var principal = XDS.Principal()
        principal.any = true
        return principal
    }()

    /// All must hold; none is anybody.
    static func all(_ principals: [XDS.Principal]) -> XDS.Principal {
        var result = XDS.Principal()
        result.andIds.ids = principals.isEmpty ? [anybody] : principals
        return result
    }

    /// One must hold.
    static func one(of principals: [XDS.Principal]) -> XDS.Principal {
        var result = XDS.Principal()
        result.orIds.ids = principals
        return result
    }

    static func not(_ principal: XDS.Principal) -> XDS.Principal {
        var result = XDS.Principal()
        result.notID = principal
        return result
    }

    static func header(_ matcher: XDS.HeaderMatcher) -> XDS.Principal {
        var result = XDS.Principal()
        result.header = matcher
        return result
    }

    static func metadata(_ matcher: XDS.MetadataMatcher) -> XDS.Principal {
        var result = XDS.Principal()
        result.metadata = matcher
        return result
    }
}

extension XDS.RBACPolicy {
    /// Matches nothing: what a policy without rules stands for.
    static let never: XDS.RBACPolicy = {
        var policy = XDS.RBACPolicy()
        policy.permissions = [.not(.everything)]
        policy.principals = [.not(.anybody)]
        return policy
    }()
}
