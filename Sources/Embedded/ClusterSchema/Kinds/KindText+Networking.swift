extension KindText {
    /// Kinds of networking.k8s.io, discovery.k8s.io and coordination.k8s.io.
    static let networking = """
        group networking.k8s.io v1 io.k8s.api.networking.v1

        kind Ingress ingresses short(ing) sub(status) gen
        Ingress | Routes HTTP from outside to services.
          spec IngressSpec | The routes.
          status IngressStatus | Where it is reached.

        IngressSpec | Routes of an Ingress.
          defaultBackend IngressBackend | Where everything else goes.
          ingressClassName string | Class that serves it.
          rules [IngressRule] atomic | Routes by host.
          tls [IngressTLS] atomic | Certificates.

        IngressBackend | Where requests go.
          resource TypedLocalObjectReference | Another object.
          service IngressServiceBackend | A service.

        IngressServiceBackend | A service and its port.
          name string ! | Name of the service.
          port ServiceBackendPort ={} | Port of the service.

        ServiceBackendPort atomic | A port by name or number.
          name string | Name.
          number int32 | Number.

        IngressRule | Routes of one host.
          host string | Host; all without.
          http HTTPIngressRuleValue | Paths.

        HTTPIngressRuleValue | Paths of a host.
          paths [HTTPIngressPath] ! atomic | Paths.

        HTTPIngressPath | A path and where it goes.
          backend IngressBackend ! | Where it goes.
          path string | Path.
          pathType string ! in(Exact,Prefix,ImplementationSpecific) | How it is compared.

        IngressTLS | A certificate.
          hosts [string] atomic | Hosts of the certificate.
          secretName string | Secret that holds it.

        IngressStatus | Where an Ingress is reached.
          loadBalancer IngressLoadBalancerStatus ={} | State of the load balancer.

        IngressLoadBalancerStatus | State of a load balancer.
          ingress [LoadBalancerIngress] atomic | Its entrances.

        kind IngressClass ingressclasses cluster gen
        IngressClass | A kind of Ingress and who serves it.
          spec IngressClassSpec | Who serves it.

        IngressClassSpec | Who serves a class.
          controller string | Name of the controller.
          parameters any | Its settings.

        kind NetworkPolicy networkpolicies short(netpol) gen
        NetworkPolicy | Which traffic pods may have; stored, not enforced here.
          spec NetworkPolicySpec | The rules.

        NetworkPolicySpec | Rules for pods.
          egress [NetworkPolicyEgressRule] atomic | What they may call.
          ingress [NetworkPolicyIngressRule] atomic | Who may call them.
          podSelector LabelSelector | Pods the rules are for.
          policyTypes [string] atomic | Ingress, Egress or both.

        NetworkPolicyIngressRule | Who may call.
          from [NetworkPolicyPeer] atomic | Callers.
          ports [NetworkPolicyPort] atomic | Ports.

        NetworkPolicyEgressRule | What may be called.
          ports [NetworkPolicyPort] atomic | Ports.
          to [NetworkPolicyPeer] atomic | Destinations.

        NetworkPolicyPeer | The other side.
          ipBlock IPBlock | By address.
          namespaceSelector LabelSelector | By namespace.
          podSelector LabelSelector | By pod.

        IPBlock | A network.
          cidr string ! | The network.
          except [string] atomic | Parts that are left out.

        NetworkPolicyPort | Ports.
          endPort int32 | Last port of a range.
          port intstr | Port.
          protocol string =TCP in(TCP,UDP,SCTP) | Transport protocol.

        group discovery.k8s.io v1 io.k8s.api.discovery.v1

        kind EndpointSlice endpointslices
        EndpointSlice | Part of the addresses behind a service.
          addressType string ! in(IPv4,IPv6,FQDN) | What the addresses are.
          endpoints [Endpoint] atomic | The endpoints.
          ports [EndpointPort] atomic | Ports of all of them.

        Endpoint | One endpoint of a service.
          addresses [string] ! set | Addresses; all are the same endpoint.
          conditions EndpointConditions ={} | Its state.
          deprecatedTopology {string} | No longer used.
          hints EndpointHints | Who should use it.
          hostname string | Host name.
          nodeName string | Node it runs on.
          targetRef ObjectReference | Pod it is.
          zone string | Zone it is in.

        EndpointConditions | State of an endpoint.
          ready bool | It takes requests.
          serving bool | It answers, also while it ends.
          terminating bool | It is ending.

        EndpointHints | Who should use an endpoint.
          forNodes [any] atomic | Nodes.
          forZones [any] atomic | Zones.

        EndpointPort atomic | A port of endpoints.
          appProtocol string | Protocol of the application.
          name string = | Name of the service's port.
          port int32 | Port number.
          protocol string =TCP in(TCP,UDP,SCTP) | Transport protocol.

        group coordination.k8s.io v1 io.k8s.api.coordination.v1

        kind Lease leases
        Lease | Who leads, and until when.
          spec LeaseSpec | The holder.

        LeaseSpec | Holder of a lease.
          acquireTime microtime | When it was taken.
          holderIdentity string | Who holds it.
          leaseDurationSeconds int32 | Seconds until it may be taken over.
          leaseTransitions int32 | How often the holder changed.
          preferredHolder string | Who should hold it.
          renewTime microtime | When it was renewed last.
          strategy string | How the holder is chosen.
        """
}
