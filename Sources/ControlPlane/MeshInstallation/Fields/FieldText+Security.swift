extension FieldText {
    static let security = """
        PeerAuthentication | Whether callers must come with mutual TLS.
          selector PolicySelector | Only for these workloads; left out, for all of the namespace.
          mtls MutualTLS | The rule.
          portLevelMtls {MutualTLS} | Other rules by the workload's port.

        PolicySelector | Workloads of this namespace by their labels.
          matchLabels {string} | Labels of which all must match.

        MutualTLS | A rule for connections.
          mode string | STRICT (only mutual TLS), PERMISSIVE (plain too), DISABLE or UNSET (as the level above says).

        AuthorizationPolicy | Who may call what.
          selector PolicySelector | Only for these workloads; left out, for all of the namespace.
          targetRefs [PolicyTargetReference] | Only for these gateways or services.
          action string | ALLOW (the default), DENY, AUDIT or CUSTOM.
          rules [AuthorizationRule] | A request that one of them matches is meant; left out, none is.
          provider AuthorizationProvider | Who decides with CUSTOM.

        PolicyTargetReference | An object that the policy is for.
          group string | Its group.
          kind string | Its kind.
          name string | Its name.

        AuthorizationProvider | An extension provider of the mesh's configuration.
          name string | Its name.

        AuthorizationRule | Conditions of which all must hold.
          from [AuthorizationFrom] | One of these callers.
          to [AuthorizationTo] | One of these operations.
          when [AuthorizationCondition] | All of these conditions.

        AuthorizationFrom | A caller.
          source AuthorizationSource | Who it is.

        AuthorizationSource | Properties of a caller of which all must hold; each is a list of which one must match.
          principals [string] | Identities by mutual TLS, as cluster.local/ns/NAMESPACE/sa/ACCOUNT.
          notPrincipals [string] | Identities that do not match.
          requestPrincipals [string] | Identities by token, as ISSUER/SUBJECT; * is any.
          notRequestPrincipals [string] | Identities by token that do not match.
          namespaces [string] | Namespaces by mutual TLS.
          notNamespaces [string] | Namespaces that do not match.
          serviceAccounts [string] | Service accounts by mutual TLS, as ACCOUNT or NAMESPACE/ACCOUNT.
          notServiceAccounts [string] | Service accounts that do not match.
          trustDomains [string] | Trust domains by mutual TLS.
          notTrustDomains [string] | Trust domains that do not match.
          ipBlocks [string] | Addresses of the connection.
          notIpBlocks [string] | Addresses that do not match.
          remoteIpBlocks [string] | Addresses of the original caller, from X-Forwarded-For.
          notRemoteIpBlocks [string] | Such addresses that do not match.

        AuthorizationTo | An operation.
          operation AuthorizationOperation | What it is.

        AuthorizationOperation | Properties of a request of which all must hold; each is a list of which one must match.
          hosts [string] | Hosts.
          notHosts [string] | Hosts that do not match.
          ports [string] | Ports of the workload.
          notPorts [string] | Ports that do not match.
          methods [string] | Methods.
          notMethods [string] | Methods that do not match.
          paths [string] | Paths, as /api/*.
          notPaths [string] | Paths that do not match.

        AuthorizationCondition | An attribute and its values.
          key string | The attribute, as request.headers[NAME] or request.auth.claims[NAME].
          values [string] | One of these.
          notValues [string] | None of these.

        RequestAuthentication | Which tokens are accepted; a request without one passes, unless a policy asks for it.
          selector PolicySelector | Only for these workloads; left out, for all of the namespace.
          targetRefs [PolicyTargetReference] | Only for these gateways or services.
          jwtRules [JWTRule] | The tokens.

        JWTRule | One issuer's tokens.
          issuer string | Who issued them.
          audiences [string] | Audiences of which a token must have one.
          jwksUri string | Where the issuer's keys are.
          jwks string | The issuer's keys.
          fromHeaders [JWTHeader] | Headers that have the token; Authorization when left out.
          fromParams [string] | Query parameters that have the token.
          fromCookies [string] | Cookies that have the token.
          forwardOriginalToken bool | The workload gets the token too.
          outputPayloadToHeader string | A header that gets the claims.
          outputClaimToHeaders [ClaimToHeader] | Headers that get single claims.
          timeout string | Time to fetch the keys.
          spaceDelimitedClaims [string] | Claims that are lists separated by spaces, as scope is.
          presence string | OPTIONAL (the default) or REQUIRED: whether a request may come without token.

        JWTHeader | A header with a token.
          name string | Its name.
          prefix string | What stands before the token.

        ClaimToHeader | A claim for a header.
          header string | The header.
          claim string | The claim.
        """
}
