/// Reads configuration files: YAML or JSON bytes in, valid objects and diagnostics out. Pure.
package enum ObjectDecoder {
    /// Diagnostics after which the rest of a file is not looked at.
    private static let maximumDiagnostics = 10_000

    /// Reads every document of `bytes`; `file` names them in diagnostics. What is wrong costs only its own object.
    package static func decode(
        _ bytes: some Collection<UInt8>,
        file: String,
        limits: YAMLLimits = YAMLLimits()
    ) -> DecodedFile {
        var result = DecodedFile()
        let source = YAMLFile(bytes: bytes, file: file, limits: limits) { root in
            decode(root, path: "", file: file, into: &result)
            return result.diagnostics.count < maximumDiagnostics
        }
        result.diagnostics += source.diagnostics
        result.diagnostics.sort()
        if !source.diagnostics.isEmpty || result.diagnostics.count >= maximumDiagnostics {
            result.hasUnreadableDocuments = true
        }
        return result
    }

    private static func decode(_ node: YAMLNode, path: String, file: String, into result: inout DecodedFile) {
        let session = DecodeSession(file: file)
        let root = FieldReader(node, path: path, pattern: "", session: session)
        decode(root, session: session, into: &result)
        result.diagnostics += session.diagnostics
    }

    private static func decode(_ root: FieldReader, session: DecodeSession, into result: inout DecodedFile) {
        guard !session.hasErrors else {
            result.hasUnreadableDocuments = true
            return
        }
        let apiVersion = root.requiredString("apiVersion")
        let kindName = root.requiredString("kind")
        guard !session.hasErrors else {
            result.hasUnreadableDocuments = true
            return
        }
        session.object = kindName
        if kindName == "List" || kindName.hasSuffix("List") && root.has("items") {
            for (node, path) in root.elements("items") {
                decode(node, path: path, file: session.file, into: &result)
            }
            root.skip("metadata")
            return
        }
        guard let kind = kind(named: kindName, apiVersion: apiVersion, root: root, into: &result) else { return }
        guard let fields = root.reader("metadata") else {
            root.error("metadata", "is required")
            result.hasUnreadableDocuments = true
            return
        }
        let key = ObjectKey(kind: kind, namespace: fields.namespace(for: kind), name: fields.requiredString("name"))
        session.object = key.description
        let metadata = ObjectMetadata(fields: fields, key: key, apiVersion: apiVersion, source: root.location)
        fields.finish()
        let object = object(kind, metadata, root)
        if let object, !session.hasErrors {
            warnOfUnsupportedFields(kind: kind.rawValue, session: session)
            result.objects.append(object)
        } else if metadata.name.isEmpty {
            result.hasUnreadableDocuments = true
        } else {
            result.rejected.append(key)
        }
    }

    /// The kind of an object the mesh reads; nil, with a diagnostic, for every other.
    private static func kind(
        named name: String,
        apiVersion: String,
        root: FieldReader,
        into result: inout DecodedFile
    ) -> MeshKind? {
        let parts = apiVersion.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let group = parts.count > 1 ? parts[0] : ""
        if name == "ConfigMap", group.isEmpty, let mesh = meshConfiguration(root) {
            result.mesh = mesh
            return nil
        }
        guard let kind = MeshKind(rawValue: name), kind.group == group else {
            reportUnknown(name, apiVersion: apiVersion, group: group, root: root)
            return nil
        }
        guard kind.versions.contains(parts.last ?? "") else {
            let served = kind.versions.map { kind.group.isEmpty ? $0 : "\(kind.group)/\($0)" }
            root.error(
                "apiVersion",
                "\(apiVersion.quotedForMessage) is not served for \(name); served are \(served.joined(separator: ", "))"
            )
            return nil
        }
        return kind
    }

    private static func reportUnknown(_ name: String, apiVersion: String, group: String, root: FieldReader) {
        let kinds = MeshKind.allCases.filter { $0.group == group }.map(\.rawValue)
        let known = ["EnvoyFilter", "ProxyConfig", "WorkloadGroup"]
        if let kind = MeshKind(rawValue: name), kind.group.hasSuffix("istio.io"), group.hasSuffix("istio.io") {
            let served = kind.versions.map { "\(kind.group)/\($0)" }.joined(separator: ", ")
            let hint = Suggestion.text(for: group, among: [kind.group])
            root.error(
                "apiVersion",
                "\(apiVersion.quotedForMessage) does not serve \(name); served are \(served)\(hint)"
            )
        } else if group == "networking.istio.io", !known.contains(name) {
            let hint = Suggestion.text(for: name, among: kinds + known)
            root.error("kind", "\(name.quotedForMessage) is not a kind of \(group)\(hint)")
        } else if let successor = FormerKinds.successor(of: name, group: group) {
            root.warning("kind", "kind \(name) (\(apiVersion)) is one that Istio has given up: \(successor)")
        } else {
            let hint = Suggestion.text(for: name, among: kinds)
            root.warning("kind", "kind \(name) (\(apiVersion)) is not acted on yet\(hint)")
        }
    }

    /// The `mesh` key of the ConfigMap `istio` in `istio-system`, as Istio reads it; nil for other ConfigMaps.
    private static func meshConfiguration(_ root: FieldReader) -> MeshConfigurationSource? {
        guard let metadata = root.reader("metadata"), metadata.string("name") == "istio",
            metadata.string("namespace") == "istio-system", let data = root.reader("data"),
            let node = data.value("mesh"), let text = data.string(node, "data.mesh")
        else { return nil }
        // The text of a block scalar begins on the line after its indicator.
        return MeshConfigurationSource(text: text, file: root.location.file, line: node.line + 1)
    }

    private static func object(_ kind: MeshKind, _ metadata: ObjectMetadata, _ root: FieldReader) -> MeshObject? {
        func with<Spec: FieldDecodable>(_ make: (Resource<Spec>) -> MeshObject) -> MeshObject? {
            let spec: Spec? = root.requiredMessage("spec")
            root.skip("status")
            root.finish()
            return spec.map { make(Resource(metadata: metadata, spec: $0)) }
        }
        switch kind {
        case .virtualService: return with(MeshObject.virtualService)
        case .destinationRule: return with(MeshObject.destinationRule)
        case .serviceEntry: return with(MeshObject.serviceEntry)
        case .workloadEntry: return with(MeshObject.workloadEntry)
        case .sidecar: return with(MeshObject.sidecar)
        case .gateway: return with(MeshObject.gateway)
        case .authorizationPolicy:
            // Without a spec it allows nothing: rejecting it would allow everything.
            let spec: AuthorizationPolicy = root.message("spec") ?? AuthorizationPolicy()
            root.skip("status")
            root.finish()
            let policy = Resource(metadata: metadata, spec: spec)
            policy.warnOfDryRun(root)
            return .authorizationPolicy(policy)
        case .requestAuthentication:
            let spec: RequestAuthentication = root.message("spec") ?? RequestAuthentication()
            root.skip("status")
            root.finish()
            return .requestAuthentication(Resource(metadata: metadata, spec: spec))
        case .secret:
            let spec = SecretSpec(root: root)
            root.finish()
            return .secret(Resource(metadata: metadata, spec: spec))
        case .peerAuthentication:
            // Without a spec it says UNSET, which is what it says with an empty one.
            let spec: PeerAuthentication = root.message("spec") ?? PeerAuthentication()
            root.skip("status")
            root.finish()
            return .peerAuthentication(Resource(metadata: metadata, spec: spec))
        case .service:
            let addresses = root.reader("status")?.reader("loadBalancer")?.openMessages("ingress") { $0.string("ip") }
            return with { (resource: Resource<ServiceSpec>) in
                var resource = resource
                resource.spec.loadBalancerIPs = (addresses ?? []).filter { !$0.isEmpty }
                return .service(resource)
            }
        case .pod:
            return .pod(Resource(metadata: metadata, spec: PodSpec(root: root)))
        case .endpointSlice:
            let spec = EndpointSliceSpec(root: root)
            root.finish()
            return .endpointSlice(Resource(metadata: metadata, spec: spec))
        case .namespace:
            root.skip("spec", "status")
            root.finish()
            return .namespace(Resource(metadata: metadata, spec: NamespaceSpec()))
        case .node:
            return .node(Resource(metadata: metadata, spec: NodeSpec()))
        case .serviceAccount:
            root.skip("secrets", "imagePullSecrets", "automountServiceAccountToken")
            root.finish()
            return .serviceAccount(Resource(metadata: metadata, spec: ServiceAccountSpec()))
        }
    }

    /// Warns of every field that is written and not acted on, and of values that are not.
    static func warnOfUnsupportedFields(kind: String, session: DecodeSession) {
        for (pattern, use) in session.usedFields.sorted(by: { $0.value.location < $1.value.location }) {
            guard let support = FieldSupport.of(kind: kind, path: pattern) else { continue }
            session.report(
                .warning,
                line: use.location.line,
                column: use.location.column,
                path: use.path,
                (use.value.map { "\($0) " } ?? "") + support.warning
            )
        }
    }
}
