package import MeshConfig

/// Something the model had to decide about the configuration that its author may not expect.
package struct ModelDiagnostic: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// What was decided.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// Two VirtualServices of sidecars claim one host; the later one is ignored for it.
        case virtualServiceHostConflict
        /// A VirtualService is not applied because of what it delegates to.
        case delegateConflict
        /// A delegate is unknown, or not visible to the root.
        case delegateNotFound
        /// A VirtualService without hosts, to which none delegates, routes the one host its routes lead to.
        case hostInferred
        /// A VirtualService without hosts has no effect.
        case delegateNotUsed
        /// Two DestinationRules of one host have a subset of the same name; the later one is ignored.
        case duplicateSubset
        /// The traffic policy of a later DestinationRule of the same host is ignored.
        case trafficPolicyIgnored
        /// A destination is no host of the registry that the rule can see.
        case unknownDestinationHost
        /// A destination names a subset that no DestinationRule of the host defines.
        case unknownSubset
        /// A destination names a port the service does not have, or none where there are several.
        case unknownPort
        /// A DestinationRule's host is no host of the registry.
        case unknownRuleHost
        /// An ExternalName service whose aliases go round in a circle.
        case aliasLoop
        /// Several Sidecars of a namespace have no workload selector; the later one is ignored.
        case sidecarConflict
        /// A host is defined in several namespaces, or several times in one.
        case duplicateService
        /// A host of a ServiceEntry gets no endpoints or no address; the message says why.
        case serviceEntryIncomplete
        /// A server of a Gateway is not listened for because another one has its port or host.
        case gatewayServerConflict
        /// A VirtualService names a Gateway that does not exist.
        case unknownGateway
        /// A CUSTOM AuthorizationPolicy names an extension provider that cannot be asked; what it matches is refused.
        case unknownExtensionProvider
        /// A workload has several extension providers; what their policies match is refused.
        case extensionProviderConflict
        /// Fields of HTTP in an AuthorizationPolicy of workloads with TCP ports.
        case policyFieldsIgnored
        /// An EndpointSlice is of a type that cannot be used.
        case endpointSliceIgnored
        /// Several PeerAuthentications of a namespace have no selector; the later one is ignored.
        case peerAuthenticationConflict
        /// A PeerAuthentication with a selector stands in the root namespace, where it has no effect.
        case peerAuthenticationIgnored
    }

    /// What was decided.
    package var code: Code
    /// The object it is about.
    package var object: ObjectKey
    /// Where to look: the route, subset or destination, else the object.
    package var location: SourceLocation?
    /// One sentence for people.
    package var message: String

    package init(_ code: Code, object: ObjectKey, location: SourceLocation?, message: String) {
        self.code = code
        self.object = object
        self.location = location
        self.message = message
    }

    /// `file:line:column: warning: VirtualService default/reviews: message (code)`.
    package var description: String {
        "\(location.map { "\($0): " } ?? "")warning: \(object): \(message) (\(code.rawValue))"
    }

    /// By object, then place (none first), code and message.
    package static func < (left: ModelDiagnostic, right: ModelDiagnostic) -> Bool {
        if left.object != right.object { return left.object < right.object }
        if left.location != right.location {
            guard let first = left.location else { return true }
            return right.location.map { first < $0 } ?? false
        }
        return (left.code.rawValue, left.message) < (right.code.rawValue, right.message)
    }
}
