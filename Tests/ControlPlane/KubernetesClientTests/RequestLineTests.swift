import KubernetesAPI
import Testing

@testable import KubernetesClient

@Suite struct RequestLineTests {
    @Test(arguments: [
        (ResourceType.pods, "shop", "a", String?.none, "/api/v1/namespaces/shop/pods/a"),
        (.namespaces, "", "shop", nil, "/api/v1/namespaces/shop"),
        (.deployments, "shop", "a", "scale", "/apis/apps/v1/namespaces/shop/deployments/a/scale"),
        (.nodes, "ignored", "", nil, "/api/v1/nodes"),
    ])
    func pathsNameWhatIsThere(type: ResourceType, namespace: String, name: String, sub: String?, path: String) {
        #expect(RequestLine.path(type, namespace: namespace, name: name, subresource: sub) == path)
    }

    @Test func allNamespacesAreAskedWithoutNamingOne() {
        #expect(RequestLine.path(.pods, namespace: nil) == "/api/v1/pods")
    }

    @Test func queriesAreEscaped() throws {
        var options = ListOptions(labels: try LabelSelector(parsing: "app=a,tier in (x,y)"), limit: 5)
        options.resourceVersion = "12"
        let text = RequestLine.text(RequestLine.query(options))
        #expect(text == "?labelSelector=app%3Da%2Ctier%20in%20%28x%2Cy%29&resourceVersion=12&limit=5")
    }

    @Test func namesCannotLeaveTheirSegment() {
        #expect(RequestLine.path(.pods, namespace: "a/b", name: "../c") == "/api/v1/namespaces/a%2Fb/pods/..%2Fc")
    }
}
