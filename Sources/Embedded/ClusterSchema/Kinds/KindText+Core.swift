extension KindText {
    /// Kinds of the core group other than Pod.
    static let core = """
        group "" v1 io.k8s.api.core.v1

        kind Namespace namespaces cluster short(ns) sub(status,finalize) select(status.phase)
        Namespace | A part of the cluster in which names are unique.
          spec NamespaceSpec | How the namespace behaves.
          status NamespaceStatus | State of the namespace.

        NamespaceSpec | How a namespace behaves.
          finalizers [string] atomic | Parties that must empty the namespace before it goes.

        NamespaceStatus | State of a namespace.
          conditions [any] key(type) | Details about its deletion.
          phase string in(Active,Terminating) | Active or Terminating.

        kind Service services short(svc) cat(all) sub(status,proxy) select(spec.clusterIP,spec.type)
        Service | A stable name and address for a set of pods.
          spec ServiceSpec | What the service offers.
          status ServiceStatus | State of the load balancer.

        ServiceSpec | What a service offers.
          allocateLoadBalancerNodePorts bool | Whether node ports are taken for a load balancer.
          clusterIP string | Virtual address; None for a headless service.
          clusterIPs [string] atomic | All virtual addresses.
          externalIPs [string] atomic | Further addresses of nodes that accept traffic.
          externalName string | Name an ExternalName service stands for.
          externalTrafficPolicy string in(Cluster,Local) | Whether outside traffic stays on its node.
          healthCheckNodePort int32 | Port that says whether a node has endpoints.
          internalTrafficPolicy string in(Cluster,Local) | Whether inside traffic stays on its node.
          ipFamilies [string] atomic | IPv4, IPv6 or both.
          ipFamilyPolicy string in(SingleStack,PreferDualStack,RequireDualStack) | How many families are used.
          loadBalancerClass string | Kind of load balancer.
          loadBalancerIP string | Address asked of the load balancer.
          loadBalancerSourceRanges [string] atomic | Networks that may use the load balancer.
          ports [ServicePort] key(port,protocol) | Ports of the service.
          publishNotReadyAddresses bool | Pods that are not ready are published too.
          selector {string} atomic | Labels of the pods behind the service.
          sessionAffinity string =None in(ClientIP,None) | Whether a client stays with one pod.
          sessionAffinityConfig SessionAffinityConfig | How long it stays.
          trafficDistribution string | Preference for near endpoints.
          type string =ClusterIP in(ClusterIP,ExternalName,LoadBalancer,NodePort) | How the service is reached.

        ServicePort | A port of a service.
          appProtocol string | Protocol of the application.
          name string fmt(dns-label) | Name of the port; needed when there are several.
          nodePort int32 min(0) max(65535) | Port on every node.
          port int32 ! min(1) max(65535) | Port of the service.
          protocol string =TCP in(TCP,UDP,SCTP) | Transport protocol.
          targetPort intstr | Number or name of the pods' port; the same number without.

        SessionAffinityConfig | How a client stays with one pod.
          clientIP ClientIPConfig | By the client's address.

        ClientIPConfig | Staying by address.
          timeoutSeconds int32 min(1) max(86400) | Seconds without traffic until it is forgotten.

        ServiceStatus | State of a service.
          conditions [Condition] key(type) | Details.
          loadBalancer LoadBalancerStatus ={} | State of the load balancer.

        LoadBalancerStatus | State of a load balancer.
          ingress [LoadBalancerIngress] atomic | Where it accepts traffic.

        LoadBalancerIngress | An entrance of a load balancer.
          hostname string | Name of the entrance.
          ip string | Address of the entrance.
          ipMode string in(VIP,Proxy) | How traffic arrives.
          ports [PortStatus] atomic | State of its ports.

        PortStatus | State of a port.
          error string | What went wrong.
          port int32 ! | Port.
          protocol string ! | Protocol.

        kind Endpoints endpoints short(ep) singular(endpoints)
        Endpoints | Addresses behind a service; EndpointSlice has replaced it.
          subsets [EndpointSubset] atomic | Addresses with the same ports.

        EndpointSubset | Addresses with the same ports.
          addresses [EndpointAddress] atomic | Addresses that are ready.
          notReadyAddresses [EndpointAddress] atomic | Addresses that are not.
          ports [EndpointPort] atomic | Ports of all these addresses.

        EndpointAddress atomic | An address behind a service.
          hostname string | Host name of the address.
          ip string ! | Address.
          nodeName string | Node of the address.
          targetRef ObjectReference | Pod of the address.

        EndpointPort atomic | A port behind a service.
          appProtocol string | Protocol of the application.
          name string | Name of the service's port.
          port int32 ! min(1) max(65535) | Port number.
          protocol string =TCP in(TCP,UDP,SCTP) | Transport protocol.

        kind ServiceAccount serviceaccounts short(sa) sub(token)
        ServiceAccount | An identity for processes in pods.
          automountServiceAccountToken bool | Whether pods get a token.
          imagePullSecrets [LocalObjectReference] atomic | Secrets for pulling images.
          secrets [ObjectReference] key(name) | Secrets of this account.

        kind ConfigMap configmaps short(cm)
        ConfigMap | Settings as keys and values.
          binaryData {bytes} | Values that are not UTF-8, in base64.
          data {string} | Values.
          immutable bool | The data can no longer change.

        kind Secret secrets select(type)
        Secret | Values that only some may read.
          data {bytes} | Values in base64.
          immutable bool | The data can no longer change.
          stringData {string} | Values in plain text; moved to data when written.
          type string =Opaque | What the Secret is for.

        kind Event events short(ev) select(involvedObject.kind,involvedObject.namespace,involvedObject.name,involvedObject.uid,involvedObject.apiVersion,involvedObject.resourceVersion,involvedObject.fieldPath,reason,reportingComponent,source,type)
        Event | Something that happened to an object.
          action string | What was done.
          count int32 | How often it happened.
          eventTime microtime | When it happened first.
          firstTimestamp time | When it was first seen.
          involvedObject ObjectReference ! | Object it is about.
          lastTimestamp time | When it was last seen.
          message string | Details for people.
          reason string | One word why.
          related ObjectReference | Second object.
          reportingComponent string = | Who reports it.
          reportingInstance string = | Which instance of it.
          series EventSeries | Repetitions.
          source EventSource ={} | Who reports it, in the old form.
          type string | Normal or Warning.

        EventSeries | Repetitions of an event.
          count int32 | How often.
          lastObservedTime microtime | When it was last seen.

        EventSource | Who reports an event.
          component string | Name of the component.
          host string | Node it runs on.

        kind Node nodes cluster short(no) sub(status,proxy) select(spec.unschedulable)
        Node | A machine that runs pods.
          spec NodeSpec | How the node is used.
          status NodeStatus | State of the node.

        NodeSpec | How a node is used.
          configSource any | No longer used.
          externalID string | No longer used.
          podCIDR string | Network of its pods.
          podCIDRs [string] set | Networks of its pods.
          providerID string | Identity at the provider.
          taints [Taint] atomic | Pods that do not tolerate them stay away.
          unschedulable bool | No new pods are placed here.

        Taint | A reason for pods to stay away.
          effect string ! in(NoSchedule,PreferNoSchedule,NoExecute) | What it does.
          key string ! | Key of the taint.
          timeAdded time | When it was added.
          value string | Value of the taint.

        NodeStatus | State of a node.
          addresses [NodeAddress] key(type) | Addresses of the node.
          allocatable {quantity} | Resources for pods.
          capacity {quantity} | Resources of the machine.
          conditions [NodeCondition] key(type) | Ready, pressure and so on.
          config any | No longer used.
          daemonEndpoints any | Ports of the node's services.
          features any | Features of the runtime.
          images [any] atomic | Images on the node.
          nodeInfo NodeSystemInfo | Versions on the node.
          phase string | No longer used.
          runtimeHandlers [any] atomic | Runtimes of the node.
          volumesAttached [any] atomic | Attached volumes.
          volumesInUse [string] atomic | Volumes in use.

        NodeAddress | An address of a node.
          address string ! | Address.
          type string ! | Hostname, InternalIP, ExternalIP ...

        NodeCondition | One aspect of a node's state.
          lastHeartbeatTime time | When it was reported last.
          lastTransitionTime time | When the status changed last.
          message string | Details for people.
          reason string | One word why.
          status string ! | True, False or Unknown.
          type string ! | Name of the condition.

        NodeSystemInfo | Versions on a node.
          architecture string | Processor architecture.
          bootID string | Identity of this boot.
          containerRuntimeVersion string | Version of the runtime.
          kernelVersion string | Version of the kernel.
          kubeProxyVersion string | Version of kube-proxy.
          kubeletVersion string | Version of the kubelet.
          machineID string | Identity of the machine.
          operatingSystem string | Operating system.
          osImage string | Name of the system.
          swap any | Swap space.
          systemUUID string | Identity of the system.

        kind ResourceQuota resourcequotas short(quota) sub(status)
        ResourceQuota | Most a namespace may use; stored, not enforced here.
          spec ResourceQuotaSpec | The limits.
          status ResourceQuotaStatus | What is used.

        ResourceQuotaSpec | Limits of a namespace.
          hard {quantity} | Most per resource.
          scopeSelector any | Objects that count.
          scopes [string] atomic | Objects that count.

        ResourceQuotaStatus | What a namespace uses.
          hard {quantity} | Limits in effect.
          used {quantity} | Use per resource.

        kind LimitRange limitranges short(limits)
        LimitRange | Limits and defaults for pods of a namespace; stored, not enforced here.
          spec LimitRangeSpec | The limits.

        LimitRangeSpec | Limits for pods.
          limits [LimitRangeItem] ! atomic | One entry per type.

        LimitRangeItem | Limits for one type.
          default {quantity} | Limits where none are given.
          defaultRequest {quantity} | Requests where none are given.
          max {quantity} | Most.
          maxLimitRequestRatio {quantity} | Largest ratio of limit to request.
          min {quantity} | Least.
          type string ! | Pod, Container or PersistentVolumeClaim.

        kind PersistentVolumeClaim persistentvolumeclaims short(pvc) sub(status)
        PersistentVolumeClaim | A request for storage; stored, not provided here.
          spec PersistentVolumeClaimSpec | What is asked for.
          status PersistentVolumeClaimStatus | State of the claim.

        PersistentVolumeClaimSpec | What a claim asks for.
          accessModes [string] atomic | How the volume is mounted.
          dataSource TypedLocalObjectReference | Where the data comes from.
          dataSourceRef TypedObjectReference | Where the data comes from.
          resources VolumeResourceRequirements | Size.
          selector LabelSelector | Volumes to choose from.
          storageClassName string | Class of the storage.
          volumeAttributesClassName string | Class of its attributes.
          volumeMode string =Filesystem in(Block,Filesystem) | Files or a block device.
          volumeName string | Volume that is bound.

        VolumeResourceRequirements | Size of a volume.
          limits {quantity} | Most.
          requests {quantity} | Least.

        PersistentVolumeClaimStatus | State of a claim.
          accessModes [string] atomic | How the volume is mounted.
          allocatedResourceStatuses {string} | State of changes.
          allocatedResources {quantity} | Size set aside.
          capacity {quantity} | Size.
          conditions [PodCondition] key(type) | Details.
          currentVolumeAttributesClassName string | Class in effect.
          modifyVolumeStatus any | State of a change.
          phase string =Pending | Pending, Bound or Lost.
        """
}
