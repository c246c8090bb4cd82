import ClusterAPI
import ClusterSchema
import Crypto
import Foundation
import KubernetesAPI

/// Applies objects as `kubectl apply --server-side` does, each once: what did not change since it was applied last is
/// left as users made it in the meantime.
struct ObjectApplication {
    private static let mark = "martlet.dev/applied"

    let server: ClusterAPIServer

    /// Throws the first refusal, saying which object it was about.
    func apply(_ objects: [KubernetesObject], namespace: String = "default") async throws(ClusterError) {
        let api = server.client()
        for object in objects {
            guard let type = server.catalog.definition(apiVersion: object.apiVersion, kind: object.kind)?.type else {
                throw ClusterError("\(object.name): this cluster has no kind \(object.kind) of \(object.apiVersion)")
            }
            var object = object
            if type.isNamespaced, object.namespace.isEmpty { object.namespace = namespace }
            if !type.isNamespaced { object.namespace = "" }
            let what = "\(object.kind) \(object.namespace.isEmpty ? "" : object.namespace + "/")\(object.name)"
            let digest = SHA256.hash(data: Data(object.json.jsonBytes)).prefix(8)
            let mark = digest.map { String($0, radix: 16) }.joined()
            object.annotations[Self.mark] = mark
            if let stored = try? await api.get(type, object.objectName), stored.annotations[Self.mark] == mark {
                continue
            }
            do throws(StatusError) {
                let patch = Patch.apply(object.json, fieldManager: "martlet", force: true)
                _ = try await api.patch(type, object.objectName, patch, nil)
            } catch {
                throw ClusterError("\(what) is refused: \(error.message)")
            }
        }
    }

    /// Makes objects new that a run of before left: what is in them is no longer true.
    func renew(_ objects: [KubernetesObject]) async throws(ClusterError) {
        let api = server.client()
        for object in objects {
            guard let type = server.catalog.definition(apiVersion: object.apiVersion, kind: object.kind)?.type else {
                continue
            }
            do throws(StatusError) {
                if (try? await api.get(type, object.objectName)) != nil {
                    try await api.delete(type, object.objectName, DeleteOptions())
                }
                _ = try await api.create(object, type)
            } catch {
                throw ClusterError("\(object.kind) \(object.name) is refused: \(error.message)")
            }
        }
    }
}
