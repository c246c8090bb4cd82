extension KindText {
    /// Pod: specification, scheduling and status.
    static let pod = """
        group "" v1 io.k8s.api.core.v1

        kind Pod pods short(po) cat(all) gen sub(pods) select(spec.nodeName,spec.restartPolicy,spec.schedulerName,spec.serviceAccountName,spec.hostNetwork,status.phase,status.podIP,status.podIPs,status.nominatedNodeName)
        Pod | Containers that run together on one node and share network and volumes.
          spec PodSpec | What should run.
          status PodStatus | What runs, as the node reports it.

        kind PodTemplate podtemplates
        PodTemplate | A stored pattern for pods.
          template PodTemplateSpec | The pattern.

        PodTemplateSpec | The pattern from which a controller makes pods.
          metadata ObjectMeta | Labels and annotations of the pods.
          spec PodSpec | What the pods should run.

        PodSpec | What a pod should run and where.
          activeDeadlineSeconds int64 min(1) | Seconds after its start when the pod is ended as failed.
          affinity Affinity | Preferences and requirements for the node.
          automountServiceAccountToken bool | Whether a token of the service account is mounted.
          containers [Container] ! key(name) | Containers that run side by side; at least one.
          dnsConfig PodDNSConfig | Additions to the resolver configuration.
          dnsPolicy string =ClusterFirst in(ClusterFirst,ClusterFirstWithHostNet,Default,None) | DNS used first.
          enableServiceLinks bool =true | Environment variables with the addresses of Services are set.
          ephemeralContainers [EphemeralContainer] key(name) | Containers added for debugging.
          hostAliases [HostAlias] key(ip) | Lines for /etc/hosts.
          hostIPC bool | Use the IPC namespace of the node.
          hostNetwork bool | Use the network of the node.
          hostPID bool | Use the process namespace of the node.
          hostUsers bool | Use the user namespace of the node.
          hostname string | Host name inside the pod; the pod's name without.
          hostnameOverride string | Host name that replaces all other settings.
          imagePullSecrets [LocalObjectReference] key(name) | Secrets for pulling images.
          initContainers [Container] key(name) | Containers that run one after another before the others start.
          nodeName string | Node the pod is bound to.
          nodeSelector {string} atomic | Labels the node must have.
          os PodOS | Operating system of the containers.
          overhead {quantity} | Resources the pod itself costs.
          preemptionPolicy string in(Never,PreemptLowerPriority) | Whether pods of lower priority may be displaced.
          priority int32 | Priority as a number.
          priorityClassName string | PriorityClass of the pod.
          readinessGates [PodReadinessGate] atomic | Further conditions for readiness.
          resourceClaims [PodResourceClaim] key(name) retainKeys | Claims for devices.
          resources ResourceRequirements | Resources of all containers together.
          restartPolicy string =Always in(Always,OnFailure,Never) | When containers that ended start again.
          runtimeClassName string | RuntimeClass that runs the pod.
          schedulerName string =default-scheduler | Scheduler that places the pod.
          schedulingGates [PodSchedulingGate] key(name) | Scheduling waits while any are left.
          securityContext PodSecurityContext ={} | Privileges of all containers.
          serviceAccount string | Old name of serviceAccountName.
          serviceAccountName string | Account the pod acts as.
          setHostnameAsFQDN bool | Host name is the full domain name.
          shareProcessNamespace bool | Containers see each other's processes.
          subdomain string | Domain of the pod below its namespace.
          terminationGracePeriodSeconds int64 =30 min(0) | Seconds between the request to end and the kill.
          tolerations [Toleration] atomic | Taints of nodes the pod may run on.
          topologySpreadConstraints [TopologySpreadConstraint] key(topologyKey,whenUnsatisfiable) | How pods spread.
          volumes [Volume] key(name) retainKeys | Volumes that containers may mount.

        PodOS | Operating system of a pod.
          name string ! | linux or windows.

        PodReadinessGate | A condition that must be true for the pod to be ready.
          conditionType string ! | Name of the condition.

        PodSchedulingGate | A reason to keep the pod unscheduled.
          name string ! | Name of the gate.

        PodResourceClaim | A claim for a device.
          name string ! | Name containers refer to.
          resourceClaimName string | A ResourceClaim of the namespace.
          resourceClaimTemplateName string | Pattern from which the claim is made.

        PodDNSConfig | Resolver configuration of a pod.
          nameservers [string] atomic | Addresses of DNS servers.
          options [PodDNSConfigOption] atomic | Options of the resolver.
          searches [string] atomic | Domains that are searched.

        PodDNSConfigOption | A resolver option.
          name string | Name such as ndots.
          value string | Value, if it has one.

        HostAlias | A line of /etc/hosts.
          hostnames [string] atomic | Names of the address.
          ip string ! | Address.

        PodSecurityContext | Privileges of all containers of a pod.
          appArmorProfile AppArmorProfile | AppArmor profile.
          fsGroup int64 | Group that owns the volumes.
          fsGroupChangePolicy string in(OnRootMismatch,Always) | When ownership of volumes is changed.
          runAsGroup int64 | Group of the processes.
          runAsNonRoot bool | Refuse to run as root.
          runAsUser int64 | User of the processes.
          seLinuxChangePolicy string | How volumes are labelled.
          seLinuxOptions SELinuxOptions | SELinux labels.
          seccompProfile SeccompProfile | Seccomp filter.
          supplementalGroups [int64] atomic | Further groups of the processes.
          supplementalGroupsPolicy string in(Merge,Strict) | How groups of the image are combined.
          sysctls [Sysctl] atomic | Kernel parameters of the pod.
          windowsOptions WindowsSecurityContextOptions | Settings for Windows.

        Sysctl | A kernel parameter.
          name string ! | Name of the parameter.
          value string ! | Value of the parameter.

        Toleration | A taint that is accepted.
          effect string in(NoSchedule,PreferNoSchedule,NoExecute) | Effect of the taint; empty is all.
          key string | Key of the taint; empty with Exists is all.
          operator string in(Exists,Equal) | How the value is compared.
          tolerationSeconds int64 | Seconds a NoExecute taint is tolerated.
          value string | Value of the taint.

        TopologySpreadConstraint | How pods spread over parts of the cluster.
          labelSelector LabelSelector | Pods that are counted.
          matchLabelKeys [string] atomic | Labels of the pod that are added to the selector.
          maxSkew int32 ! min(1) | Largest difference between two parts.
          minDomains int32 | Least number of parts.
          nodeAffinityPolicy string in(Honor,Ignore) | Whether node affinity counts.
          nodeTaintsPolicy string in(Honor,Ignore) | Whether taints count.
          topologyKey string ! | Label of nodes that names the part.
          whenUnsatisfiable string ! in(DoNotSchedule,ScheduleAnyway) | What happens when it cannot be met.

        PodStatus | What is known of a running pod.
          conditions [PodCondition] key(type) | Scheduled, initialized, containers ready, ready.
          containerStatuses [ContainerStatus] atomic | One entry per container.
          ephemeralContainerStatuses [ContainerStatus] atomic | One entry per debugging container.
          extendedResourceClaimStatus any | Claims made for extended resources.
          hostIP string | Address of the node.
          hostIPs [HostIP] atomic merge(ip) | All addresses of the node.
          initContainerStatuses [ContainerStatus] atomic | One entry per init container.
          message string | Why the pod is in this state.
          nominatedNodeName string | Node that is being cleared for the pod.
          observedGeneration int64 | Generation the status is about.
          phase string in(Pending,Running,Succeeded,Failed,Unknown) | Summary of the pod's life.
          podIP string | Address of the pod.
          podIPs [PodIP] key(ip) | All addresses of the pod.
          qosClass string | Guaranteed, Burstable or BestEffort.
          reason string | One word why the pod is in this state.
          resize string | State of a change of resources.
          resourceClaimStatuses [any] atomic | State of the claims.
          startTime time | When the node took the pod on.

        PodCondition | One aspect of a pod's state.
          lastProbeTime time | When it was checked last.
          lastTransitionTime time | When the status changed last.
          message string | Details for people.
          observedGeneration int64 | Generation the condition is about.
          reason string | One word why.
          status string ! | True, False or Unknown.
          type string ! | Name of the condition.

        HostIP | An address of a node.
          ip string ! | Address.

        PodIP | An address of a pod.
          ip string ! | Address.
        """
}
