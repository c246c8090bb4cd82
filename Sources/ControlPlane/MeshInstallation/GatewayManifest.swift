extension MeshInstallation {
    /// A gateway deployment under one of Istio's names: `istio-ingressgateway` or `istio-egressgateway`.
    static func gateway(_ name: String, type: String, _ options: InstallationOptions) -> String {
        let short = name.replacing("istio-", with: "")
        return """
            apiVersion: v1
            kind: ServiceAccount
            metadata:
              name: \(name)-service-account
              namespace: istio-system
              labels: {app: \(name), istio: \(short), release: istio}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: \(name)
              namespace: istio-system
              labels: {app: \(name), istio: \(short), release: istio}
            spec:
              type: \(type)
              selector: {app: \(name), istio: \(short)}
              ports:
              \(type == "LoadBalancer" ? "- {name: status-port, port: 15021, targetPort: 15021}" : "")
              - {name: http2, port: 80, targetPort: 8080}
              - {name: https, port: 443, targetPort: 8443}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: \(name)
              namespace: istio-system
              labels: {app: \(name), istio: \(short), release: istio}
            spec:
              replicas: 1
              selector:
                matchLabels: {app: \(name), istio: \(short)}
              template:
                metadata:
                  labels:
                    app: \(name)
                    istio: \(short)
                    istio.io/rev: \(options.revision)
                    service.istio.io/canonical-name: \(name)
                    service.istio.io/canonical-revision: latest
                    sidecar.istio.io/inject: "false"
                  annotations:
                    prometheus.io/port: "15020"
                    prometheus.io/scrape: "true"
                    prometheus.io/path: /stats/prometheus
                spec:
                  serviceAccountName: \(name)-service-account
                  containers:
                  - name: istio-proxy
                    image: \(options.hub)/proxyv2:\(options.tag)
                    args:
                    - proxy
                    - router
                    - --domain
                    - $(POD_NAMESPACE).svc.cluster.local
                    - --proxyLogLevel=warning
                    - --proxyComponentLogLevel=misc:error
                    - --log_output_level=default:info
                    ports:
                    - {containerPort: 15021, name: status-port}
                    - {containerPort: 8080, name: http2}
                    - {containerPort: 8443, name: https}
                    - {containerPort: 15090, name: http-envoy-prom}
                    readinessProbe:
                      httpGet: {path: /healthz/ready, port: 15021}
                      periodSeconds: 2
                      timeoutSeconds: 3
                      failureThreshold: 30
                    env:
                    - name: MARTLET_ENGINE
                      value: \(options.engine)
                    - name: POD_NAME
                      valueFrom: {fieldRef: {fieldPath: metadata.name}}
                    - name: POD_NAMESPACE
                      valueFrom: {fieldRef: {fieldPath: metadata.namespace}}
                    - name: INSTANCE_IP
                      valueFrom: {fieldRef: {fieldPath: status.podIP}}
                    - name: HOST_IP
                      valueFrom: {fieldRef: {fieldPath: status.hostIP}}
                    - name: SERVICE_ACCOUNT
                      valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}
                    - name: ISTIO_META_CLUSTER_ID
                      value: \(options.clusterID)
                    - name: ISTIO_META_WORKLOAD_NAME
                      value: \(name)
                    - name: ISTIO_META_OWNER
                      value: kubernetes://apis/apps/v1/namespaces/istio-system/deployments/\(name)
                    - name: PROXY_CONFIG
                      value: '{"discoveryAddress":"istiod.istio-system.svc:15012"}'
                    - name: CA_ADDR
                      value: istiod.istio-system.svc:15012
                    - name: PILOT_CERT_PROVIDER
                      value: istiod
                    volumeMounts:
                    - {name: workload-socket, mountPath: /var/run/secrets/workload-spiffe-uds}
                    - {name: credential-socket, mountPath: /var/run/secrets/credential-uds}
                    - {name: workload-certs, mountPath: /var/run/secrets/workload-spiffe-credentials}
                    - {name: istio-envoy, mountPath: /etc/istio/proxy}
                    - {name: istio-data, mountPath: /var/lib/istio/data}
                    - {name: podinfo, mountPath: /etc/istio/pod}
                    - {name: istio-token, mountPath: /var/run/secrets/tokens, readOnly: true}
                    - {name: istiod-ca-cert, mountPath: /var/run/secrets/istio}
                    - {name: istio-ca-crl, mountPath: /var/run/secrets/istio/crl}
                    securityContext:
                      runAsUser: 1337
                      runAsGroup: 1337
                      allowPrivilegeEscalation: false
                  volumes:
                  - {name: workload-socket, emptyDir: {}}
                  - {name: credential-socket, emptyDir: {}}
                  - {name: workload-certs, emptyDir: {}}
                  - {name: istio-envoy, emptyDir: {medium: Memory}}
                  - {name: istio-data, emptyDir: {}}
                  - name: istiod-ca-cert
                    configMap: {name: istio-ca-root-cert, optional: true}
                  - name: istio-ca-crl
                    configMap: {name: istio-ca-crl, optional: true}
                  - name: istio-token
                    projected:
                      sources:
                      - serviceAccountToken: {path: istio-token, expirationSeconds: 43200, audience: istio-ca}
                  - name: podinfo
                    downwardAPI:
                      items:
                      - {path: labels, fieldRef: {fieldPath: metadata.labels}}
                      - {path: annotations, fieldRef: {fieldPath: metadata.annotations}}
            """
    }
}
