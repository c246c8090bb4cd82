import ClusterStore
import KubernetesAPI
import SwiftASN1
import X509

extension ClusterAPIServer {
    /// What a request shows of who it is from.
    struct Credential: Sendable {
        /// DER of the client certificate that the TLS handshake verified against the cluster's authority.
        var certificate: [UInt8]?
        var bearerToken: String?
    }

    /// Who a request is from. Nothing shown is the anonymous user; a token that is not good is 401.
    func authenticate(_ credential: Credential) async throws(StatusError) -> UserInfo {
        if let certificate = credential.certificate, let user = Self.user(certificate: certificate) { return user }
        guard let token = credential.bearerToken else { return .anonymous }
        guard let user = await user(token: token, audiences: []) else {
            throw StatusError(.unauthorized, "Unauthorized")
        }
        return user
    }

    /// Common name and organizations of a certificate's subject.
    static func user(certificate der: [UInt8]) -> UserInfo? {
        guard let certificate = try? Certificate(derEncoded: der) else { return nil }
        var name: String?
        var groups: [String] = []
        for relativeName in certificate.subject {
            for attribute in relativeName {
                if attribute.type == .RDNAttributeType.commonName { name = String(describing: attribute.value) }
                if attribute.type == .RDNAttributeType.organizationName {
                    groups.append(String(describing: attribute.value))
                }
            }
        }
        guard let name else { return nil }
        return UserInfo(name: name, groups: groups + ["system:authenticated"])
    }

    /// The service account of a token that is signed, current, meant for one of the audiences (none given: for the API
    /// server), and whose account and bound object still live.
    func user(token text: String, audiences: [String]) async -> UserInfo? {
        guard let token = signer.verify(text, now: clock()) else { return nil }
        let wanted = audiences.isEmpty ? [ServiceAccountToken.defaultAudience] : audiences
        guard wanted.contains(where: token.audiences.contains) else { return nil }
        let place = ObjectName(namespace: token.namespace, name: token.name)
        guard let account = await stored(.serviceAccounts, place), account.uid == token.uid else { return nil }
        var user = UserInfo.serviceAccount(namespace: token.namespace, name: token.name, uid: token.uid)
        user.extra["authentication.kubernetes.io/credential-id"] = ["JTI=\(token.id)"]
        guard let bound = token.bound else { return user }
        let type: ResourceType = bound.kind == "Pod" ? .pods : bound.kind == "Secret" ? .secrets : .nodes
        let namespace = type.isNamespaced ? token.namespace : ""
        guard let object = await stored(type, ObjectName(namespace: namespace, name: bound.name)),
            object.uid == bound.uid
        else { return nil }
        if bound.kind == "Pod" {
            user.extra["authentication.kubernetes.io/pod-name"] = [bound.name]
            user.extra["authentication.kubernetes.io/pod-uid"] = [bound.uid]
        }
        return user
    }

    /// An object as stored, or nil.
    func stored(_ type: ResourceType, _ name: ObjectName) async -> KubernetesObject? {
        guard let found = try? await store.read(StoreKey(type, name)) else { return nil }
        return KubernetesObject(found.json)
    }

    /// `POST serviceaccounts/NAME/token` (`authentication.k8s.io/v1 TokenRequest`): the request with its status filled in.
    func issueToken(_ place: ObjectName, _ request: JSONValue) async throws(StatusError) -> JSONValue {
        guard let account = await stored(.serviceAccounts, place) else {
            throw .notFound(.serviceAccounts, place.name)
        }
        let now = clock()
        let seconds = request[path: ["spec", "expirationSeconds"]]?.integer ?? 3600
        guard (600...4_294_967_296).contains(seconds) else {
            throw StatusError(
                .invalid,
                "spec.expirationSeconds: Invalid value: \(seconds): may not specify a duration less than 10 minutes"
            )
        }
        let audiences = request[path: ["spec", "audiences"]]?.array?.compactMap(\.string) ?? []
        var token = ServiceAccountToken(
            namespace: place.namespace,
            name: place.name,
            uid: account.uid,
            audiences: audiences.isEmpty ? [ServiceAccountToken.defaultAudience] : audiences,
            issued: now,
            expires: Timestamp(seconds: now.seconds &+ seconds)
        )
        if let reference = request[path: ["spec", "boundObjectRef"]], !reference.isNull {
            token.bound = try await binding(reference, place)
        }
        var answer = request
        answer["apiVersion"] = "authentication.k8s.io/v1"
        answer["kind"] = "TokenRequest"
        answer[path: ["metadata", "name"]] = .string(place.name)
        answer[path: ["metadata", "namespace"]] = .string(place.namespace)
        answer[path: ["metadata", "creationTimestamp"]] = .string(now.description)
        answer[path: ["spec", "audiences"]] = .array(token.audiences.map { .string($0) })
        answer[path: ["spec", "expirationSeconds"]] = .integer(seconds)
        answer["status"] = [
            "token": .string(try signer.sign(token)), "expirationTimestamp": .string(token.expires.description),
        ]
        return answer
    }

    private func binding(
        _ reference: JSONValue,
        _ account: ObjectName
    ) async throws(StatusError) -> ServiceAccountToken.Binding {
        let kind = reference["kind"]?.string ?? ""
        let name = reference["name"]?.string ?? ""
        guard kind == "Pod" || kind == "Secret" else {
            throw StatusError(.badRequest, "cannot bind token to object of kind \"\(kind)\"")
        }
        let type: ResourceType = kind == "Pod" ? .pods : .secrets
        guard let object = await stored(type, ObjectName(namespace: account.namespace, name: name)) else {
            throw .notFound(type, name)
        }
        if let uid = reference["uid"]?.string, !uid.isEmpty, uid != object.uid {
            throw .conflict(
                type,
                name,
                "the UID in the bound object reference (\(uid)) does not match the UID in record"
            )
        }
        if kind == "Pod", (object["spec", "serviceAccountName"]?.string ?? "default") != account.name {
            throw StatusError(
                .badRequest,
                "cannot bind token for serviceaccount \"\(account.name)\" to pod running with another"
            )
        }
        return ServiceAccountToken.Binding(kind: kind, name: name, uid: object.uid)
    }
}
