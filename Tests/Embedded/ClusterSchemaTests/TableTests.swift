import ClusterSchema
import CustomDump
import KubernetesAPI
import Testing

@Suite struct TableTests {
    /// 2025-01-01T00:10:00Z.
    private static let now: Int64 = 1_735_690_200

    struct Row: CustomTestStringConvertible, Sendable {
        var type: ResourceType
        var object: String
        var cells: [String]
        var testDescription: String { cells.joined(separator: " ") }
    }

    static let rows = [
        Row(
            type: .pods,
            object: #"""
                {"metadata":{"name":"p","creationTimestamp":"2025-01-01T00:06:48Z"},"spec":{"nodeName":"n","containers":[{},{}]},
                 "status":{"phase":"Running","podIP":"10.0.0.1","containerStatuses":[
                  {"ready":true,"restartCount":1,"state":{"running":{}},"lastState":{"terminated":{"finishedAt":"2025-01-01T00:09:00Z"}}},
                  {"ready":false,"restartCount":2,"state":{"waiting":{"reason":"CrashLoopBackOff"}}}]}}
                """#,
            cells: ["p", "1/2", "CrashLoopBackOff", "3 (60s ago)", "3m12s", "10.0.0.1", "n", "<none>", "<none>"]
        ),
        Row(
            type: .pods,
            object: #"""
                {"metadata":{"name":"p","creationTimestamp":"2025-01-01T00:09:55Z"},
                 "spec":{"containers":[{}],"initContainers":[{"name":"i"}]},
                 "status":{"phase":"Pending","initContainerStatuses":[{"name":"i","state":{"running":{}}}]}}
                """#,
            cells: ["p", "0/1", "Init:0/1", "0", "5s", "<none>", "<none>", "<none>", "<none>"]
        ),
        Row(
            type: .pods,
            object: #"""
                {"metadata":{"name":"p","creationTimestamp":"2024-12-31T20:10:00Z","deletionTimestamp":"2025-01-01T00:10:00Z"},
                 "spec":{"containers":[{}],"initContainers":[{"name":"s","restartPolicy":"Always"}]},
                 "status":{"phase":"Running","conditions":[{"type":"Initialized","status":"True"}],
                  "initContainerStatuses":[{"name":"s","ready":true,"started":true,"state":{"running":{}}}],
                  "containerStatuses":[{"ready":true,"state":{"running":{}}}]}}
                """#,
            cells: ["p", "2/2", "Terminating", "0", "4h", "<none>", "<none>", "<none>", "<none>"]
        ),
        Row(
            type: .pods,
            object: #"""
                {"metadata":{"name":"p","creationTimestamp":"2025-01-01T00:00:00Z"},"spec":{"containers":[{}]},
                 "status":{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{"exitCode":0,"reason":"Completed"}}}]}}
                """#,
            cells: ["p", "0/1", "Completed", "0", "10m", "<none>", "<none>", "<none>", "<none>"]
        ),
        Row(
            type: .services,
            object: #"""
                {"metadata":{"name":"s","creationTimestamp":"2025-01-01T00:00:00Z"},
                 "spec":{"type":"LoadBalancer","clusterIP":"10.96.0.5","selector":{"app":"x"},
                  "ports":[{"port":80,"nodePort":30080,"protocol":"TCP"},{"port":443}]},
                 "status":{"loadBalancer":{"ingress":[{"ip":"1.2.3.4"}]}}}
                """#,
            cells: ["s", "LoadBalancer", "10.96.0.5", "1.2.3.4", "80:30080/TCP,443/TCP", "10m", "app=x"]
        ),
        Row(
            type: .deployments,
            object: #"""
                {"metadata":{"name":"d","creationTimestamp":"2025-01-01T00:00:00Z"},
                 "spec":{"replicas":3,"selector":{"matchLabels":{"a":"b"}},"template":{"spec":{"containers":[{"name":"c","image":"i"}]}}},
                 "status":{"readyReplicas":2,"updatedReplicas":3,"availableReplicas":2}}
                """#,
            cells: ["d", "2/3", "3", "2", "10m", "c", "i", "a=b"]
        ),
        Row(
            type: .jobs,
            object: #"""
                {"metadata":{"name":"j","creationTimestamp":"2025-01-01T00:00:00Z"},"spec":{"completions":1},
                 "status":{"succeeded":1,"startTime":"2025-01-01T00:00:00Z","completionTime":"2025-01-01T00:00:07Z",
                  "conditions":[{"type":"Complete","status":"True"}]}}
                """#,
            cells: ["j", "Complete", "1/1", "7s", "10m", "", "", "<none>"]
        ),
        Row(
            type: .configMaps,
            object: #"{"metadata":{"name":"c"},"data":{"a":"1","b":"2"}}"#,
            cells: ["c", "2", "<unknown>"]
        ),
        Row(
            type: .events,
            object: #"""
                {"metadata":{"name":"e"},"involvedObject":{"kind":"Pod","name":"p"},"type":"Normal","reason":"Started",
                 "message":"ok","firstTimestamp":"2025-01-01T00:00:00Z","lastTimestamp":"2025-01-01T00:09:00Z","count":4,
                 "source":{"component":"kubelet","host":"n"}}
                """#,
            cells: ["60s", "Normal", "Started", "pod/p", "", "kubelet, n", "ok", "10m", "4", "e"]
        ),
    ]

    @Test(arguments: rows) func rowsReadLikeKubectls(_ row: Row) throws {
        let object = KubernetesObject(try json(row.object))
        let table = try definition(row.type).table(of: [object], now: Self.now)
        let cells = table["rows"]?.array?.first?["cells"]?.array ?? []
        expectNoDifference(cells.map { $0.string ?? $0.jsonText }, row.cells)
        #expect(table["columnDefinitions"]?.array?.count == cells.count)
        #expect(table["rows"]?.array?.first?[path: ["object", "kind"]] == "PartialObjectMetadata")
    }

    @Test func everyBuiltInKindHasOneCellPerColumn() throws {
        for definition in SchemaCatalog.builtIn.definitions {
            let table = definition.table(of: [KubernetesObject(["metadata": ["name": "x"]])], now: 0)
            #expect(
                table["rows"]?.array?.first?["cells"]?.array?.count == table["columnDefinitions"]?.array?.count,
                "\(definition.type.kind)"
            )
        }
    }
}
