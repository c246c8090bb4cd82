import Foundation
import KubernetesAPI

extension KubernetesEndpoint {
    /// Where the kubelet puts a pod's credentials.
    private static let serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

    /// The API of the cluster whose pod this is; throws outside a pod.
    package static func inCluster(
        environment: [String: String]
    ) throws(KubernetesEndpointError) -> KubernetesEndpoint {
        guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"]
        else {
            throw KubernetesEndpointError(
                "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a kubeconfig"
            )
        }
        var endpoint = KubernetesEndpoint(server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)")
        endpoint.certificateAuthority = try contents("\(serviceAccount)/ca.crt")
        endpoint.token = .file("\(serviceAccount)/token")
        if let namespace = try? contents("\(serviceAccount)/namespace") {
            endpoint.namespace = String(decoding: namespace, as: UTF8.self)
        }
        return endpoint
    }

    /// The API that a kubeconfig file names, by its current context or the given one.
    package static func kubeconfig(
        at path: String,
        context name: String? = nil
    ) throws(KubernetesEndpointError) -> KubernetesEndpoint {
        let document = try document(at: path)
        guard let context = name ?? document["current-context"]?.string, !context.isEmpty else {
            throw KubernetesEndpointError("\(path): current-context is not set; name a context")
        }
        let chosen = try entry(context, of: "contexts", "context", in: document, at: path)
        let clusterName = chosen["cluster"]?.string ?? ""
        let cluster = try entry(clusterName, of: "clusters", "cluster", in: document, at: path)
        guard let server = cluster["server"]?.string, server.hasPrefix("https://") || server.hasPrefix("http://") else {
            throw KubernetesEndpointError("\(path): cluster \(clusterName): server must be an https:// address")
        }
        var endpoint = KubernetesEndpoint(server: server.hasSuffix("/") ? String(server.dropLast()) : server)
        endpoint.certificateAuthority = try bytes("certificate-authority", of: cluster, beside: path)
        endpoint.skipsVerification = cluster["insecure-skip-tls-verify"]?.bool ?? false
        if let namespace = chosen["namespace"]?.string, !namespace.isEmpty { endpoint.namespace = namespace }
        guard let userName = chosen["user"]?.string, !userName.isEmpty else { return endpoint }
        let user = try entry(userName, of: "users", "user", in: document, at: path)
        endpoint.clientCertificate = try bytes("client-certificate", of: user, beside: path)
        endpoint.clientKey = try bytes("client-key", of: user, beside: path)
        if let token = user["token"]?.string {
            endpoint.token = .text(token)
        } else if let file = user["tokenFile"]?.string {
            endpoint.token = .file(resolve(file, beside: path))
        } else if user["exec"] != nil || user["auth-provider"] != nil {
            throw KubernetesEndpointError(
                "\(path): user \(userName) signs in by a plug-in, which is not supported; use a token or a certificate"
            )
        }
        return endpoint
    }

    private static func document(at path: String) throws(KubernetesEndpointError) -> JSONValue {
        let text = String(decoding: try contents(path), as: UTF8.self)
        do {
            let documents = try KubernetesManifest.parse(text, file: path)
            guard let first = documents.first else { throw KubernetesEndpointError("\(path): the file is empty") }
            return first
        } catch {
            throw KubernetesEndpointError("\(error)")
        }
    }

    /// The named entry of one of kubeconfig's lists.
    private static func entry(
        _ name: String,
        of list: String,
        _ member: String,
        in document: JSONValue,
        at path: String
    ) throws(KubernetesEndpointError) -> JSONValue {
        let entries = document[list]?.array ?? []
        guard let found = entries.first(where: { $0["name"]?.string == name }), let value = found[member] else {
            let known = entries.compactMap { $0["name"]?.string }.joined(separator: ", ")
            throw KubernetesEndpointError("\(path): \(list) has no \"\(name)\"; there are: \(known)")
        }
        return value
    }

    /// `KEY-data` in base 64, or the contents of the file `KEY` names; empty when neither is there.
    private static func bytes(
        _ key: String,
        of entry: JSONValue,
        beside path: String
    ) throws(KubernetesEndpointError) -> [UInt8] {
        if let text = entry["\(key)-data"]?.string, !text.isEmpty {
            guard let data = Data(base64Encoded: text, options: .ignoreUnknownCharacters) else {
                throw KubernetesEndpointError("\(path): \(key)-data is not base 64")
            }
            return [UInt8](data)
        }
        guard let file = entry[key]?.string, !file.isEmpty else { return [] }
        return try contents(resolve(file, beside: path))
    }

    private static func resolve(_ file: String, beside path: String) -> String {
        file.hasPrefix("/") ? file : URL(fileURLWithPath: path).deletingLastPathComponent().path + "/" + file
    }

    static func contents(_ path: String) throws(KubernetesEndpointError) -> [UInt8] {
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw KubernetesEndpointError("\(path) cannot be read: \(error.localizedDescription)")
        }
    }
}
