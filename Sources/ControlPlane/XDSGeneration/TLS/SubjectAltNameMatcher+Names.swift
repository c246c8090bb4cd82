import EnvoyAPI

extension XDS.SubjectAltNameMatcher {
    /// A URI in full.
    init(uri: String) {
        self.init()
        sanType = .uri
        matcher.exact = uri
    }

    /// Any identity of a trust domain.
    init(trustDomain: String) {
        self.init()
        sanType = .uri
        matcher.prefix = "spiffe://\(trustDomain)/"
    }

    /// A name of a rule's `subjectAltNames`, whose kind its form tells.
    init(name: String) {
        self.init()
        matcher.exact = name
        if name.contains("://") {
            sanType = .uri
        } else if IPAddress.isValid(name) {
            sanType = .ipAddress
        } else {
            sanType = name.contains("@") ? .email : .dns
        }
    }
}
