import KubernetesAPI

@testable import ClusterControllers

/// Objects for tests.
enum Sample {
    static let template: JSONValue = [
        "metadata": ["labels": ["app": "web"]],
        "spec": [
            "containers": [["name": "web", "image": "web:1", "ports": [["name": "http", "containerPort": 8080]]]]
        ],
    ]

    static func workload(_ type: ResourceType, _ name: String = "web", spec: [String: JSONValue] = [:])
        -> KubernetesObject
    {
        var object = KubernetesObject(type, ObjectName(namespace: "shop", name: name))
        var all: [String: JSONValue] = ["selector": ["matchLabels": ["app": "web"]], "template": template]
        all.merge(spec) { $1 }
        object["spec"] = .object(all)
        return object
    }

    static func image(_ tag: String) -> Patch {
        .merge(["spec": ["template": ["spec": ["containers": [["name": "web", "image": .string("web:\(tag)")]]]]]])
    }

    static func pod(
        _ name: String,
        ready: Bool = true,
        phase: String = "Running",
        age: Int64 = 100,
        labels: [String: String] = ["app": "web"],
        node: String? = "laptop",
        address: String? = "10.244.0.9"
    ) -> KubernetesObject {
        var pod = KubernetesObject(.pods, ObjectName(namespace: "shop", name: name))
        pod.uid = "uid-" + name
        pod.labels = labels
        let start = Timestamp(seconds: 1_800_000_000 - age).description
        pod["metadata", "creationTimestamp"] = .string(start)
        pod["spec"] = template["spec"]
        pod["spec", "nodeName"] = node.map { .string($0) }
        pod["status"] = [
            "phase": .string(phase),
            "conditions": [
                ["type": "Ready", "status": .string(ready ? "True" : "False"), "lastTransitionTime": .string(start)]
            ],
        ]
        pod["status", "podIP"] = address.map { .string($0) }
        return pod
    }

    static func cache(_ objects: [(ResourceType, KubernetesObject)]) -> ObjectCache {
        var cache = ObjectCache(FakeCluster.types)
        for (type, object) in objects { _ = cache.apply(object, type) }
        return cache
    }

    static func situation(_ objects: [(ResourceType, KubernetesObject)]) -> Situation {
        Situation(cache: cache(objects), now: Timestamp(seconds: 1_800_000_000))
    }
}
