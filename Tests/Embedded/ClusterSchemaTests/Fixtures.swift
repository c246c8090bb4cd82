import ClusterSchema
import KubernetesAPI
import Testing

/// Reads JSON that the test itself wrote.
func json(_ text: String) throws -> JSONValue { try JSONValue(json: text) }

func definition(_ type: ResourceType) throws -> ResourceDefinition {
    try #require(SchemaCatalog.builtIn.definition(type))
}

let deploymentText = #"""
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web","namespace":"default","creationTimestamp":null},
     "spec":{"selector":{"matchLabels":{"app":"web"}},
             "template":{"metadata":{"labels":{"app":"web"}},
                         "spec":{"containers":[{"name":"web","image":"nginx:1.25","ports":[{"containerPort":80}],
                                 "readinessProbe":{"httpGet":{"port":80}}}]}}}}
    """#
