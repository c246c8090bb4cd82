import MeshConfig
import Testing

@Suite struct KubernetesKindsTests {
    @Test func serviceIsRead() {
        let file = decoded(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: reviews, namespace: shop}
            spec:
              clusterIP: 10.0.0.1
              selector: {app: reviews}
              ports:
              - {name: http, port: 9080, targetPort: web, appProtocol: http}
              - {name: tcp, port: 9, targetPort: 90}
              internalTrafficPolicy: Local
              ipFamilies: [IPv4]
            status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}
            """
        )
        #expect(file.diagnostics == [])
        guard case .service(let service)? = file.objects.first else {
            Issue.record("no Service")
            return
        }
        #expect(service.spec.clusterIPs == ["10.0.0.1"])
        #expect(service.spec.ports.map(\.targetPort) == [.string("web"), .int(90)])
        #expect(service.spec.internalTrafficPolicy == .local)
        #expect(service.spec.loadBalancerIPs == ["1.2.3.4"])
    }

    @Test func podIsReadAndTheRestOfItIsNotLookedAt() {
        let file = decoded(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: a, deletionTimestamp: "2024-01-31T12:00:00Z"}
            spec:
              serviceAccountName: sa
              volumes: [{name: v, emptyDir: {}}]
              containers: [{name: c, image: i, ports: [{containerPort: 80, name: http}], resources: {}}]
            status:
              podIP: 10.1.1.1
              phase: Running
              conditions: [{type: Ready, status: "True", lastProbeTime: null}]
            """
        )
        #expect(file.diagnostics == [])
        guard case .pod(let pod)? = file.objects.first else {
            Issue.record("no Pod")
            return
        }
        #expect(pod.spec.podIPs == ["10.1.1.1"])
        #expect(pod.spec.isReady == true)
        #expect(pod.spec.isTerminating)
        #expect(pod.spec.containers.first?.ports.first?.containerPort == 80)
        #expect(pod.spec.serviceAccountName == "sa")
    }

    @Test func endpointSliceIsRead() {
        let file = decoded(
            """
            apiVersion: discovery.k8s.io/v1
            kind: EndpointSlice
            metadata: {name: a-1, labels: {kubernetes.io/service-name: a}}
            addressType: IPv4
            endpoints:
            - {addresses: [10.0.0.1], conditions: {ready: false, serving: true}, zone: z, nodeName: node,
                targetRef: {kind: Pod, name: p, uid: u}, hints: {forZones: [{name: z}]}}
            ports: [{name: http, port: 80}]
            """
        )
        #expect(file.diagnostics.map(\.path) == ["endpoints[0].hints"])
        guard case .endpointSlice(let slice)? = file.objects.first else {
            Issue.record("no EndpointSlice")
            return
        }
        #expect(slice.spec.endpoints.first?.isReady == false)
        #expect(slice.spec.endpoints.first?.isServing == true)
        #expect(slice.spec.endpoints.first?.hintsForZones == ["z"])
        #expect(slice.spec.ports.first?.port == 80)
    }

    @Test(arguments: [
        ("ports: [{port: 0}]", "spec.ports[0].port: must be a whole number within 1...65535, not the number 0"),
        ("ports: [{prot: 80}]", "spec.ports[0].prot: unknown field; did you mean \"port\"?"),
        ("ports: [{port: 1}, {port: 2}]", "spec.ports: every port needs a name when there are several"),
        ("type: ExternalName", "spec.externalName: is required for type ExternalName"),
        ("clusterIP: x", "spec.clusterIP: entry 0: \"x\" is not an IP address"),
    ])
    func faultOfAServiceIsNamed(spec: String, fault: String) {
        let found = decoded("apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {\(spec)}\n").diagnostics
        #expect(found.map { "\($0.path): \($0.message)" }.contains(fault), "\(found)")
    }
}
