extension MeshInstallation {
    /// `istiod`: accounts, rights, ConfigMap, Service and Deployment under Istio's names.
    static func controlPlane(_ options: InstallationOptions) -> String {
        """
        apiVersion: v1
        kind: ServiceAccount
        metadata:
          name: istiod
          namespace: istio-system
          labels: {app: istiod, release: istio}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata:
          name: istiod-clusterrole-istio-system
          labels: {app: istiod, release: istio}
        rules:
        - apiGroups: [admissionregistration.k8s.io]
          resources: [mutatingwebhookconfigurations, validatingwebhookconfigurations]
          verbs: [get, list, watch, update, patch]
        - apiGroups: [networking.istio.io, security.istio.io, telemetry.istio.io, extensions.istio.io]
          resources: ["*"]
          verbs: [get, list, watch, update, patch]
        - apiGroups: [""]
          resources: [pods, nodes, services, namespaces, endpoints, serviceaccounts, configmaps, secrets]
          verbs: [get, list, watch]
        - apiGroups: [discovery.k8s.io]
          resources: [endpointslices]
          verbs: [get, list, watch]
        - apiGroups: [authentication.k8s.io]
          resources: [tokenreviews]
          verbs: [create]
        - apiGroups: [""]
          resources: [configmaps]
          verbs: [create, update, patch]
        - apiGroups: [coordination.k8s.io]
          resources: [leases]
          verbs: [get, list, watch, create, update, patch]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata:
          name: istiod
          namespace: istio-system
          labels: {app: istiod, release: istio}
        rules:
        - apiGroups: [""]
          resources: [secrets]
          verbs: [create, get, list, watch, update, delete]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata:
          name: istiod
          namespace: istio-system
          labels: {app: istiod, release: istio}
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: Role
          name: istiod
        subjects:
        - kind: ServiceAccount
          name: istiod
          namespace: istio-system
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata:
          name: istiod-clusterrole-istio-system
          labels: {app: istiod, release: istio}
        roleRef:
          apiGroup: rbac.authorization.k8s.io
          kind: ClusterRole
          name: istiod-clusterrole-istio-system
        subjects:
        - kind: ServiceAccount
          name: istiod
          namespace: istio-system
        ---
        apiVersion: v1
        kind: Service
        metadata:
          name: istiod
          namespace: istio-system
          labels: {app: istiod, istio: pilot, release: istio}
        spec:
          selector: {app: istiod, istio: pilot}
          ports:
          - {name: https-dns, port: 15012, targetPort: 15012}
          - {name: https-webhook, port: 443, targetPort: 15017}
          - {name: http-monitoring, port: 15014, targetPort: 15014}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata:
          name: istiod
          namespace: istio-system
          labels: {app: istiod, istio: pilot, release: istio}
        spec:
          replicas: 1
          selector:
            matchLabels: {app: istiod, istio: pilot}
          template:
            metadata:
              labels:
                app: istiod
                istio: pilot
                istio.io/rev: \(options.revision)
                sidecar.istio.io/inject: "false"
              annotations:
                prometheus.io/port: "15014"
                prometheus.io/scrape: "true"
            spec:
              serviceAccountName: istiod
              containers:
              - name: discovery
                image: \(options.hub)/pilot:\(options.tag)
                args:
                - --xds-address=127.0.0.1:15010
                - --secure-address=0.0.0.0:15012
                - --monitoring-address=0.0.0.0:15014
                - --webhook-address=0.0.0.0:15017
                - --revision=\(options.revision)
                \(options.debugSources.map { "- --debug-source=\($0)" }.joined(separator: "\n        "))
                ports:
                - {containerPort: 15012, name: tls-xds}
                - {containerPort: 15014, name: http-monitoring}
                - {containerPort: 15017, name: https-webhooks}
                readinessProbe:
                  httpGet: {path: /ready, port: 15014}
                  periodSeconds: 1
                  timeoutSeconds: 5
                volumeMounts:
                - {name: extracacerts, mountPath: /cacerts, readOnly: true}
                securityContext:
                  runAsUser: 1337
                  runAsGroup: 1337
                  allowPrivilegeEscalation: false
              volumes:
              - name: extracacerts
                configMap: {name: \(extraIssuerRoots(options)), optional: true}
        """
    }

    /// The ConfigMap whose `extra.pem` has further authorities of token issuers (Istio `pilot.jwksResolverExtraRootCA`).
    private static func extraIssuerRoots(_ options: InstallationOptions) -> String {
        "pilot-jwks-extra-cacerts" + (options.revision == "default" ? "" : "-\(options.revision)")
    }

    /// `values` of the ConfigMap the injector reads, as JSON.
    static func injectorValues(_ options: InstallationOptions) -> String {
        """
        {"global": {"hub": "\(options.hub)", "tag": "\(options.tag)", "proxy": {"image": "proxyv2"},
        "multiCluster": {"clusterName": "\(options.clusterID)"}}, "martlet": {"engine": "\(options.engine)"}}
        """
    }
}
