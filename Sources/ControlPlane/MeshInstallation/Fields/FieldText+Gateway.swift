extension FieldText {
    static let gateway = """
        Gateway | Ports that a gateway's pods open, for hosts that VirtualServices have rules for.
          selector {string} | Labels of the gateway's pods, in any namespace, as istio: ingressgateway.
          servers [GatewayServer] | The ports.

        GatewayServer | A port and its hosts.
          port GatewayPort | The port.
          hosts [string] | Names that it serves, as *.example.com or NAMESPACE/NAME.
          tls ServerTLSSettings | TLS on the port.
          bind string | The address to listen on; all when left out.
          defaultEndpoint string | Where the gateway's own pod takes such connections.
          name string | Shown in statistics.

        GatewayPort | A port.
          number int | The number.
          protocol string | HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.
          name string | A name, unique in the Gateway.
          targetPort int | Not used.

        ServerTLSSettings | TLS on a gateway's port.
          mode string | SIMPLE, MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH, ISTIO_MUTUAL or OPTIONAL_MUTUAL.
          httpsRedirect bool | Plain requests are sent to https (301).
          credentialName string | Secret with certificate and key, in the namespace of the gateway's pods.
          credentialNames [string] | Several such Secrets.
          caCertCredentialName string | Secret with the authorities that callers' certificates are verified with.
          tlsCertificates [TLSCertificate] | Several certificates, by their files.
          serverCertificate string | File of the certificate.
          privateKey string | File of its key.
          caCertificates string | File of the authorities that callers' certificates are verified with.
          caCrl string | File of revoked certificates.
          subjectAltNames [string] | Names of which a caller's certificate must carry one.
          verifyCertificateSpki [string] | Hashes of keys that callers may have.
          verifyCertificateHash [string] | Hashes of certificates that callers may have.
          minProtocolVersion string | TLS_AUTO, TLSV1_0, TLSV1_1, TLSV1_2 or TLSV1_3.
          maxProtocolVersion string | TLS_AUTO, TLSV1_0, TLSV1_1, TLSV1_2 or TLSV1_3.
          cipherSuites [string] | Cipher suites to offer.
          ecdhCurves [string] | Curves to offer.
          insecureSkipVerify bool | Callers' certificates are not verified.

        TLSCertificate | A certificate by its files.
          serverCertificate string | The certificate.
          privateKey string | Its key.
          caCertificates string | The authorities that callers' certificates are verified with.
        """

    static let serviceEntry = """
        ServiceEntry | A service that Kubernetes does not know, such as one outside of the cluster.
          hosts [string] | Its names.
          addresses [string] | Its virtual addresses, as 240.1.2.3 or 10.0.0.0/8.
          ports [ServicePort] | Its ports.
          location string | MESH_EXTERNAL (the default) or MESH_INTERNAL.
          resolution string | How endpoints are found: NONE (as called), STATIC, DNS, DNS_ROUND_ROBIN or DYNAMIC_DNS.
          endpoints [WorkloadEntry] | The endpoints.
          workloadSelector WorkloadSelector | Pods and WorkloadEntries that are the endpoints.
          exportTo [string] | Namespaces that see the service: *, . (this one) or names.
          subjectAltNames [string] | Names of which the server's certificate must carry one.

        ServicePort | A port of the service.
          number int | The number.
          protocol string | HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.
          name string | A name, unique in the entry.
          targetPort int | The endpoints' port; the same when left out.

        WorkloadEntry | A workload outside of Kubernetes, or an endpoint.
          address string | Its IP address, its name for DNS, or unix:///PATH.
          ports {int} | Its ports, by the names of the service's ports.
          labels {string} | Its labels.
          network string | Its network.
          locality string | Where it is, as region/zone/subzone.
          weight int | Its share, relative to other endpoints.
          serviceAccount string | Who it is.

        WorkloadGroup | A pattern for WorkloadEntries that register themselves.
          metadata WorkloadGroupMetadata | Of every entry.
          template WorkloadEntry | What every entry begins with.
          probe WorkloadGroupProbe | How a workload is checked.

        WorkloadGroupMetadata | Labels and annotations of entries.
          labels {string} | Labels.
          annotations {string} | Annotations.

        WorkloadGroupProbe | How a workload is checked: httpGet, tcpSocket, exec or grpc, as in pods.

        WorkloadSelector | Workloads of this namespace by their labels.
          labels {string} | Labels of which all must match.
        """

    static let sidecar = """
        Sidecar | What the sidecars of this namespace listen to, and which services they know.
          workloadSelector WorkloadSelector | Only for these workloads; left out, for all of the namespace.
          ingress [IstioIngressListener] | Ports of the workload.
          egress [IstioEgressListener] | Services that the workload may call.
          inboundConnectionPool ConnectionPoolSettings | Limits towards the workload.
          outboundTrafficPolicy OutboundTrafficPolicy | What becomes of calls to unknown hosts.

        IstioIngressListener | A port of the workload.
          port SidecarPort | The port.
          bind string | The address to listen on.
          captureMode string | DEFAULT, IPTABLES or NONE.
          defaultEndpoint string | Where the workload takes connections, as 127.0.0.1:8080.
          tls ServerTLSSettings | TLS on the port.
          connectionPool ConnectionPoolSettings | Limits towards the workload.

        IstioEgressListener | Services that the workload may call.
          hosts [string] | As NAMESPACE/NAME; ./* is this namespace, ~/* none.
          port SidecarPort | Only on this port.
          bind string | The address to listen on.
          captureMode string | DEFAULT, IPTABLES or NONE.

        SidecarPort | A port.
          number int | The number.
          protocol string | HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.
          name string | A name.
          targetPort int | Not used.

        OutboundTrafficPolicy | What becomes of calls to unknown hosts.
          mode string | REGISTRY_ONLY refuses them, ALLOW_ANY lets them pass.
          egressProxy Destination | A service that gets them.
        """
}
