internal import Foundation
internal import KubernetesAPI

/// What an API server asks before it stores an object (`admission.k8s.io/v1` `AdmissionRequest`).
struct AdmissionRequest: Sendable {
    /// Goes back with the answer.
    let uid: String
    /// Empty for objects of the whole cluster.
    let namespace: String
    /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`.
    let operation: String
    /// Null for a deletion.
    let object: JSONValue
    private let apiVersion: String

    /// Nil when the body is no review with a request.
    init?(_ body: some Sequence<UInt8>) {
        guard let review = try? JSONValue(json: body), review["kind"]?.string == "AdmissionReview",
            let version = review["apiVersion"]?.string, let request = review["request"],
            let uid = request["uid"]?.string
        else { return nil }
        apiVersion = version
        self.uid = uid
        namespace = request["namespace"]?.string ?? ""
        operation = request["operation"]?.string ?? ""
        object = request["object"] ?? .null
    }

    /// The review that answers this request.
    func review(_ answer: AdmissionAnswer) -> JSONValue {
        var response: JSONValue = ["uid": .string(uid), "allowed": .bool(answer.refusal == nil)]
        if let refusal = answer.refusal {
            response["status"] = [
                "status": "Failure", "message": .string(refusal), "reason": "BadRequest", "code": 400,
            ]
        } else if let patch = answer.patch {
            response["patchType"] = "JSONPatch"
            response["patch"] = .string(Data(patch.jsonBytes).base64EncodedString())
        }
        if !answer.warnings.isEmpty {
            response["warnings"] = .array(answer.warnings.map { .string(Self.shortened($0)) })
        }
        return ["apiVersion": .string(apiVersion), "kind": "AdmissionReview", "response": response]
    }

    /// API servers drop warnings that are much longer than 256 bytes.
    private static func shortened(_ text: String) -> String {
        text.utf8.count <= 256 ? text : String(decoding: text.utf8.prefix(253), as: UTF8.self) + "..."
    }
}

/// What is said to an API server.
struct AdmissionAnswer: Sendable, Hashable {
    /// Why the object must not be stored; nil to let it pass.
    var refusal: String?
    /// RFC 6902 operations; nil for none.
    var patch: JSONValue?
    var warnings: [String] = []
}
