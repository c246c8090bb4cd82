import ClusterSchema
import CustomDump
import KubernetesAPI
import Testing

@Suite struct PreparationTests {
    @Test func deploymentGetsItsDefaults() throws {
        let prepared = try definition(.deployments).prepare(try json(deploymentText))
        let spec = prepared.json["spec"] ?? [:]
        #expect(spec["replicas"] == 1)
        #expect(spec["revisionHistoryLimit"] == 10)
        #expect(spec["progressDeadlineSeconds"] == 600)
        expectNoDifference(
            spec["strategy"],
            ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]]
        )
        expectNoDifference(
            spec[path: ["template", "spec"]],
            try json(
                #"""
                {"containers":[{"name":"web","image":"nginx:1.25","imagePullPolicy":"IfNotPresent","resources":{},
                  "ports":[{"containerPort":80,"protocol":"TCP"}],"terminationMessagePath":"/dev/termination-log",
                  "terminationMessagePolicy":"File",
                  "readinessProbe":{"httpGet":{"port":80,"path":"/","scheme":"HTTP"},"failureThreshold":3,
                   "periodSeconds":10,"successThreshold":1,"timeoutSeconds":1}}],
                 "dnsPolicy":"ClusterFirst","enableServiceLinks":true,"restartPolicy":"Always",
                 "schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}
                """#
            )
        )
        #expect(prepared.warnings.isEmpty)
        #expect(prepared.json[path: ["metadata", "creationTimestamp"]] == nil)
    }

    @Test func preparingTwiceChangesNothing() throws {
        let definition = try definition(.deployments)
        let once = try definition.prepare(try json(deploymentText)).json
        expectNoDifference(try definition.prepare(once).json, once)
    }

    @Test func serviceGetsItsDefaults() throws {
        let prepared = try definition(.services).prepare(
            try json(
                #"{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"a":"b"},"ports":[{"port":80}]}}"#
            )
        )
        expectNoDifference(
            prepared.json["spec"],
            try json(
                #"""
                {"selector":{"a":"b"},"ports":[{"port":80,"protocol":"TCP","targetPort":80}],"type":"ClusterIP",
                 "sessionAffinity":"None","internalTrafficPolicy":"Cluster","ipFamilies":["IPv4"],
                 "ipFamilyPolicy":"SingleStack"}
                """#
            )
        )
    }

    @Test func secretTextMovesToData() throws {
        let prepared = try definition(.secrets).prepare(
            ["metadata": ["name": "s"], "stringData": ["a": "hello", "b": "ab"]])
        #expect(prepared.json["data"] == ["a": "aGVsbG8=", "b": "YWI="])
        #expect(prepared.json["stringData"] == nil)
        #expect(prepared.json["type"] == "Opaque")
    }

    @Test func limitsBecomeRequestsAndNumbersBecomeQuantities() throws {
        var pod = try json(
            #"{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"a","resources":{"limits":{"cpu":0.5,"memory":"1Gi"}}}]}}"#
        )
        pod = try definition(.pods).prepare(pod).json
        let container = pod[path: ["spec", "containers"]]?.array?.first
        #expect(container?["imagePullPolicy"] == "Always")
        #expect(container?[path: ["resources", "requests"]] == ["cpu": "500m", "memory": "1Gi"])
        #expect(pod[path: ["status", "qosClass"]] == "Guaranteed")
    }

    @Test func unknownFieldsArePrunedWithAWarning() throws {
        var object = try json(deploymentText)
        object[path: ["spec", "foo"]] = 1
        object[path: ["spec", "template", "spec", "containers"]] = [["name": "a", "image": "b", "bar": 1]]
        let definition = try definition(.deployments)
        let prepared = try definition.prepare(object, fieldValidation: .warn)
        #expect(
            prepared.warnings == [
                #"unknown field "spec.foo""#, #"unknown field "spec.template.spec.containers[0].bar""#,
            ]
        )
        #expect(prepared.json[path: ["spec", "foo"]] == nil)
        #expect(try definition.prepare(object, fieldValidation: .ignore).warnings.isEmpty)
        let error = #expect(throws: StatusError.self) { try definition.prepare(object, fieldValidation: .strict) }
        #expect(error?.code == 400)
        #expect(
            error?.message
                == #"Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "#
                + #""spec.foo", unknown field "spec.template.spec.containers[0].bar""#
        )
    }

    @Test func wrongTypesAreBadRequests() throws {
        var object = try json(deploymentText)
        object[path: ["spec", "replicas"]] = "three"
        let error = #expect(throws: StatusError.self) { try definition(.deployments).prepare(object) }
        #expect(error?.code == 400)
        #expect(
            error?.message.contains(
                "cannot unmarshal string into Go struct field Deployment.spec.replicas of type int32"
            ) == true
        )
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var type: ResourceType
        var object: String
        var message: String
        var testDescription: String { message }
    }

    static let refusals = [
        Refusal(
            type: .deployments,
            object: #"{"metadata":{"name":"x"},"spec":{"template":{"spec":{"containers":[]}}}}"#,
            message: "spec.selector: Required value"
        ),
        Refusal(
            type: .deployments,
            object:
                #"{"metadata":{"name":"x"},"spec":{"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":{"a":"c"}},"spec":{"containers":[{"name":"a","image":"i"}]}}}}"#,
            message:
                #"spec.template.metadata.labels: Invalid value: {"a":"c"}: `selector` does not match template `labels`"#
        ),
        Refusal(
            type: .pods,
            object: #"{"metadata":{"name":"x"},"spec":{"containers":[{"name":"a"}]}}"#,
            message: "spec.containers[0].image: Required value"
        ),
        Refusal(
            type: .pods,
            object: #"{"metadata":{"name":"x"},"spec":{"containers":[]}}"#,
            message: "spec.containers: Required value"
        ),
        Refusal(
            type: .pods,
            object:
                #"{"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"i"},{"name":"a","image":"i"}]}}"#,
            message: #"spec.containers[1].name: Duplicate value: "a""#
        ),
        Refusal(
            type: .pods,
            object:
                #"{"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"i","ports":[{"containerPort":70000}]}]}}"#,
            message:
                "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"
        ),
        Refusal(
            type: .pods,
            object:
                #"{"metadata":{"name":"x"},"spec":{"restartPolicy":"Maybe","containers":[{"name":"a","image":"i"}]}}"#,
            message:
                #"spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never""#
        ),
        Refusal(
            type: .pods,
            object:
                #"{"metadata":{"name":"x"},"spec":{"containers":[{"name":"a","image":"i","volumeMounts":[{"name":"v","mountPath":"/v"}]}]}}"#,
            message: #"spec.containers[0].volumeMounts[0].name: Not found: "v""#
        ),
        Refusal(
            type: .configMaps,
            object: #"{"metadata":{"name":"Bad_Name"}}"#,
            message: #"metadata.name: Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of"#
        ),
        Refusal(
            type: .configMaps,
            object: #"{"metadata":{"name":"x","labels":{"a":"b c"}}}"#,
            message: #"metadata.labels: Invalid value: "b c": a valid label must be"#
        ),
        Refusal(
            type: .services,
            object: #"{"metadata":{"name":"x"},"spec":{"ports":[{"port":1},{"port":2}]}}"#,
            message: "[spec.ports[0].name: Required value, spec.ports[1].name: Required value]"
        ),
        Refusal(
            type: .jobs,
            object:
                #"{"metadata":{"name":"x"},"spec":{"template":{"spec":{"containers":[{"name":"a","image":"i"}]}}}}"#,
            message:
                #"spec.template.spec.restartPolicy: Unsupported value: "Always": supported values: "OnFailure", "Never""#
        ),
    ]

    @Test(arguments: refusals) func badObjectsAreRefusedInKubernetesWords(_ refusal: Refusal) throws {
        let error = #expect(throws: StatusError.self) {
            try definition(refusal.type).prepare(try json(refusal.object))
        }
        #expect(error?.code == 422)
        let message = error?.message ?? ""
        #expect(message.contains(refusal.message), "\(message)")
    }

    @Test func immutableFieldsStay() throws {
        let definition = try definition(.deployments)
        let old = try definition.prepare(try json(deploymentText)).json
        var new = old
        new[path: ["spec", "selector", "matchLabels"]] = ["app": "other"]
        new[path: ["spec", "template", "metadata", "labels"]] = ["app": "other"]
        let error = #expect(throws: StatusError.self) { try definition.prepareUpdate(old: old, new: new) }
        #expect(
            error?.message
                == #"Deployment.apps "web" is invalid: spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable"#
        )
        let configMap: JSONValue = ["metadata": ["name": "c"], "data": ["a": "1"], "immutable": true]
        var changed = configMap
        changed["data"] = ["a": "2"]
        #expect(throws: StatusError.self) { try self.change(.configMaps, configMap, changed) }
    }

    private func change(_ type: ResourceType, _ old: JSONValue, _ new: JSONValue) throws {
        _ = try definition(type).prepareUpdate(old: old, new: new)
    }

    @Test func imageOfAPodMayChangeAndItsCommandMayNot() throws {
        let pods = try definition(.pods)
        let old = try pods.prepare(
            ["metadata": ["name": "p"], "spec": ["containers": [["name": "c", "image": "a:1"]]]]).json
        var new = old
        new[path: ["spec", "containers"]] = [["name": "c", "image": "a:2"]]
        _ = try pods.prepareUpdate(old: old, new: new)
        new[path: ["spec", "containers"]] = [["name": "c", "image": "a:2", "command": ["x"]]]
        #expect(throws: StatusError.self) { try pods.prepareUpdate(old: old, new: new) }
    }
}
