extension ProtobufKinds {
    /// Messages of `core/v1`, with the field numbers of Kubernetes' `types.go`.
    static let coreText = """
        core.Affinity 1=nodeAffinity:*core.NodeAffinity 2=podAffinity:*core.PodAffinity
          3=podAntiAffinity:*core.PodAntiAffinity
        core.AppArmorProfile 1=type:s 2=localhostProfile:*s
        core.Binding 1=metadata:meta.ObjectMeta 2=target:core.ObjectReference
        core.CSIVolumeSource 1=driver:s 2=readOnly:*B 3=fsType:*s 4=volumeAttributes:{}s
          5=nodePublishSecretRef:*core.LocalObjectReference
        core.Capabilities 1=add:[]s 2=drop:[]s
        core.ClientIPConfig 1=timeoutSeconds:*i
        core.ClusterTrustBundleProjection 1=name:*s 2=signerName:*s 3=labelSelector:*meta.LabelSelector 4=path:s
          5=optional:*B 6=user:*i
        core.ConfigMap 1=metadata:meta.ObjectMeta 2=data:{}s 3=binaryData:{}b 4=immutable:*B
        core.ConfigMapEnvSource 1=:core.LocalObjectReference 2=optional:*B
        core.ConfigMapKeySelector 1=:core.LocalObjectReference 2=key:s 3=optional:*B
        core.ConfigMapNodeConfigSource 1=namespace:s 2=name:s 3=uid:s 4=resourceVersion:s 5=kubeletConfigKey:s
        core.ConfigMapProjection 1=:core.LocalObjectReference 2=items:[]core.KeyToPath 4=optional:*B
        core.ConfigMapVolumeSource 1=:core.LocalObjectReference 2=items:[]core.KeyToPath 3=defaultMode:*i
          4=optional:*B 5=defaultUser:*i
        core.Container 1=name:s 2=image:s 3=command:[]s 4=args:[]s 5=workingDir:s 6=ports:[]core.ContainerPort
          7=env:[]core.EnvVar 8=resources:core.ResourceRequirements 9=volumeMounts:[]core.VolumeMount
          10=livenessProbe:*core.Probe 11=readinessProbe:*core.Probe 12=lifecycle:*core.Lifecycle
          13=terminationMessagePath:s 14=imagePullPolicy:s 15=securityContext:*core.SecurityContext 16=stdin:B
          17=stdinOnce:B 18=tty:B 19=envFrom:[]core.EnvFromSource 20=terminationMessagePolicy:s
          21=volumeDevices:[]core.VolumeDevice 22=startupProbe:*core.Probe
          23=resizePolicy:[]core.ContainerResizePolicy 24=restartPolicy:*s
          25=restartPolicyRules:[]core.ContainerRestartRule
        core.ContainerPort 1=name:s 2=hostPort:i 3=containerPort:i 4=protocol:s 5=hostIP:s
        core.ContainerResizePolicy 1=resourceName:s 2=restartPolicy:s
        core.ContainerRestartRule 1=action:s 2=exitCodes:*core.ContainerRestartRuleOnExitCodes
        core.ContainerRestartRuleOnExitCodes 1=operator:s 2=values:[]i
        core.DownwardAPIProjection 1=items:[]core.DownwardAPIVolumeFile
        core.DownwardAPIVolumeFile 1=path:s 2=fieldRef:*core.ObjectFieldSelector
          3=resourceFieldRef:*core.ResourceFieldSelector 4=mode:*i 5=user:*i
        core.DownwardAPIVolumeSource 1=items:[]core.DownwardAPIVolumeFile 2=defaultMode:*i 3=defaultUser:*i
        core.EmptyDirVolumeSource 1=medium:s 2=sizeLimit:*Q 3=mode:*i
        core.EndpointAddress 1=ip:s 2=targetRef:*core.ObjectReference 3=hostname:s 4=nodeName:*s
        core.EndpointPort 1=name:s 2=port:i 3=protocol:s 4=appProtocol:*s
        core.EndpointSubset 1=addresses:[]core.EndpointAddress 2=notReadyAddresses:[]core.EndpointAddress
          3=ports:[]core.EndpointPort
        core.Endpoints 1=metadata:meta.ObjectMeta 2=subsets:[]core.EndpointSubset
        core.EnvFromSource 1=prefix:s 2=configMapRef:*core.ConfigMapEnvSource 3=secretRef:*core.SecretEnvSource
        core.EnvVar 1=name:s 2=value:s 3=valueFrom:*core.EnvVarSource
        core.EnvVarSource 1=fieldRef:*core.ObjectFieldSelector 2=resourceFieldRef:*core.ResourceFieldSelector
          3=configMapKeyRef:*core.ConfigMapKeySelector 4=secretKeyRef:*core.SecretKeySelector
          5=fileKeyRef:*core.FileKeySelector
        core.Event 1=metadata:meta.ObjectMeta 2=involvedObject:core.ObjectReference 3=reason:s 4=message:s
          5=source:core.EventSource 6=firstTimestamp:T 7=lastTimestamp:T 8=count:i 9=type:s 10=eventTime:U
          11=series:*core.EventSeries 12=action:s 13=related:*core.ObjectReference 14=reportingComponent:s
          15=reportingInstance:s
        core.EventSeries 1=count:i 2=lastObservedTime:U
        core.EventSource 1=component:s 2=host:s
        core.EvictionResponder 1=name:s 2=priority:*i
        core.ExecAction 1=command:[]s
        core.FileKeySelector 1=volumeName:s 2=path:s 3=key:s 4=optional:*B
        core.GRPCAction 1=port:i 2=service:*s 3=mode:*s
        core.HTTPGetAction 1=path:s 2=port:I 3=host:s 4=scheme:s 5=httpHeaders:[]core.HTTPHeader 6=protocol:*s
        core.HTTPHeader 1=name:s 2=value:s
        core.HostAlias 1=ip:s 2=hostnames:[]s
        core.HostPathVolumeSource 1=path:s 2=type:*s
        core.ImageVolumeSource 1=reference:s 2=pullPolicy:s
        core.KeyToPath 1=key:s 2=path:s 3=mode:*i 4=user:*i
        core.Lifecycle 1=postStart:*core.LifecycleHandler 2=preStop:*core.LifecycleHandler 3=stopSignal:*s
        core.LifecycleHandler 1=exec:*core.ExecAction 2=httpGet:*core.HTTPGetAction
          3=tcpSocket:*core.TCPSocketAction 4=sleep:*core.SleepAction
        core.LimitRange 1=metadata:meta.ObjectMeta 2=spec:core.LimitRangeSpec
        core.LimitRangeItem 1=type:s 2=max:{}Q 3=min:{}Q 4=default:{}Q 5=defaultRequest:{}Q
          6=maxLimitRequestRatio:{}Q
        core.LimitRangeSpec 1=limits:[]core.LimitRangeItem
        core.LocalObjectReference 1=name:s
        core.ModifyVolumeStatus 1=targetVolumeAttributesClassName:s 2=status:s
        core.Namespace 1=metadata:meta.ObjectMeta 2=spec:core.NamespaceSpec 3=status:core.NamespaceStatus
        core.NamespaceCondition 1=type:s 2=status:s 4=lastTransitionTime:T 5=reason:s 6=message:s
        core.NamespaceSpec 1=finalizers:[]s
        core.NamespaceStatus 1=phase:s 2=conditions:[]core.NamespaceCondition
        core.Node 1=metadata:meta.ObjectMeta 2=spec:core.NodeSpec 3=status:-
        core.NodeAffinity 1=requiredDuringSchedulingIgnoredDuringExecution:*core.NodeSelector
          2=preferredDuringSchedulingIgnoredDuringExecution:[]core.PreferredSchedulingTerm
        core.NodeConfigSource 2=configMap:*core.ConfigMapNodeConfigSource
        core.NodePodPreemptionPolicy 1=disableResizePreemption:[]s
        core.NodeSelector 1=nodeSelectorTerms:[]core.NodeSelectorTerm
        core.NodeSelectorRequirement 1=key:s 2=operator:s 3=values:[]s
        core.NodeSelectorTerm 1=matchExpressions:[]core.NodeSelectorRequirement
          2=matchFields:[]core.NodeSelectorRequirement
        core.NodeSpec 1=podCIDR:s 2=externalID:s 3=providerID:s 4=unschedulable:B 5=taints:[]core.Taint
          6=configSource:*core.NodeConfigSource 7=podCIDRs:[]s 8=podPreemptionPolicy:*core.NodePodPreemptionPolicy
        core.ObjectFieldSelector 1=apiVersion:s 2=fieldPath:s
        core.ObjectReference 1=kind:s 2=namespace:s 3=name:s 4=uid:s 5=apiVersion:s 6=resourceVersion:s
          7=fieldPath:s
        core.PersistentVolumeClaim 1=metadata:meta.ObjectMeta 2=spec:core.PersistentVolumeClaimSpec
          3=status:core.PersistentVolumeClaimStatus
        core.PersistentVolumeClaimCondition 1=type:s 2=status:s 3=lastProbeTime:T 4=lastTransitionTime:T 5=reason:s
          6=message:s
        core.PersistentVolumeClaimSpec 1=accessModes:[]s 2=resources:core.VolumeResourceRequirements 3=volumeName:s
          4=selector:*meta.LabelSelector 5=storageClassName:*s 6=volumeMode:*s
          7=dataSource:*core.TypedLocalObjectReference 8=dataSourceRef:*core.TypedObjectReference
          9=volumeAttributesClassName:*s
        core.PersistentVolumeClaimStatus 1=phase:s 2=accessModes:[]s 3=capacity:{}Q
          4=conditions:[]core.PersistentVolumeClaimCondition 5=allocatedResources:{}Q 7=allocatedResourceStatuses:{}s
          8=currentVolumeAttributesClassName:*s 9=modifyVolumeStatus:*core.ModifyVolumeStatus
          10=healthStatus:*core.VolumeHealthStatus
        core.PersistentVolumeClaimVolumeSource 1=claimName:s 2=readOnly:B
        core.Pod 1=metadata:meta.ObjectMeta 2=spec:core.PodSpec 3=status:-
        core.PodAffinity 1=requiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm
          2=preferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm
        core.PodAffinityTerm 1=labelSelector:*meta.LabelSelector 2=namespaces:[]s 3=topologyKey:s
          4=namespaceSelector:*meta.LabelSelector 5=matchLabelKeys:[]s 6=mismatchLabelKeys:[]s
        core.PodAntiAffinity 1=requiredDuringSchedulingIgnoredDuringExecution:[]core.PodAffinityTerm
          2=preferredDuringSchedulingIgnoredDuringExecution:[]core.WeightedPodAffinityTerm
        core.PodCertificateProjection 1=signerName:s 2=keyType:s 3=maxExpirationSeconds:*i 4=credentialBundlePath:s
          5=keyPath:s 6=certificateChainPath:s 7=userAnnotations:{}s 8=user:*i
        core.PodDNSConfig 1=nameservers:[]s 2=searches:[]s 3=options:[]core.PodDNSConfigOption
        core.PodDNSConfigOption 1=name:s 2=value:*s
        core.PodOS 1=name:s
        core.PodReadinessGate 1=conditionType:s
        core.PodResourceClaim 1=name:s 3=resourceClaimName:*s 4=resourceClaimTemplateName:*s
        core.PodSchedulingGate 1=name:s
        core.PodSchedulingGroup 1=podGroupName:*s
        core.PodSecurityContext 1=seLinuxOptions:*core.SELinuxOptions 2=runAsUser:*i 3=runAsNonRoot:*B
          4=supplementalGroups:[]i 5=fsGroup:*i 6=runAsGroup:*i 7=sysctls:[]core.Sysctl
          8=windowsOptions:*core.WindowsSecurityContextOptions 9=fsGroupChangePolicy:*s
          10=seccompProfile:*core.SeccompProfile 11=appArmorProfile:*core.AppArmorProfile
          12=supplementalGroupsPolicy:*s 13=seLinuxChangePolicy:*s
        core.PodSpec 1=volumes:[]core.Volume 2=containers:[]core.Container 3=restartPolicy:s
          4=terminationGracePeriodSeconds:*i 5=activeDeadlineSeconds:*i 6=dnsPolicy:s 7=nodeSelector:{}s
          8=serviceAccountName:s 9=serviceAccount:s 10=nodeName:s 11=hostNetwork:B 12=hostPID:B 13=hostIPC:B
          14=securityContext:*core.PodSecurityContext 15=imagePullSecrets:[]core.LocalObjectReference 16=hostname:s
          17=subdomain:s 18=affinity:*core.Affinity 19=schedulerName:s 20=initContainers:[]core.Container
          21=automountServiceAccountToken:*B 22=tolerations:[]core.Toleration 23=hostAliases:[]core.HostAlias
          24=priorityClassName:s 25=priority:*i 26=dnsConfig:*core.PodDNSConfig 27=shareProcessNamespace:*B
          28=readinessGates:[]core.PodReadinessGate 29=runtimeClassName:*s 30=enableServiceLinks:*B
          31=preemptionPolicy:*s 32=overhead:{}Q 33=topologySpreadConstraints:[]core.TopologySpreadConstraint
          35=setHostnameAsFQDN:*B 36=os:*core.PodOS 37=hostUsers:*B 38=schedulingGates:[]core.PodSchedulingGate
          39=resourceClaims:[]core.PodResourceClaim 40=resources:*core.ResourceRequirements 41=hostnameOverride:*s
          43=schedulingGroup:*core.PodSchedulingGroup 44=evictionResponders:[]core.EvictionResponder
        core.PodTemplateSpec 1=metadata:meta.ObjectMeta 2=spec:core.PodSpec
        core.PreferredSchedulingTerm 1=weight:i 2=preference:core.NodeSelectorTerm
        core.Probe 1=:core.ProbeHandler 2=initialDelaySeconds:i 3=timeoutSeconds:i 4=periodSeconds:i
          5=successThreshold:i 6=failureThreshold:i 7=terminationGracePeriodSeconds:*i
        core.ProbeHandler 1=exec:*core.ExecAction 2=httpGet:*core.HTTPGetAction 3=tcpSocket:*core.TCPSocketAction
          4=grpc:*core.GRPCAction
        core.ProjectedVolumeSource 1=sources:[]core.VolumeProjection 2=defaultMode:*i 3=defaultUser:*i
        core.ResourceClaim 1=name:s 2=request:s
        core.ResourceFieldSelector 1=containerName:s 2=resource:s 3=divisor:Q
        core.ResourceQuota 1=metadata:meta.ObjectMeta 2=spec:core.ResourceQuotaSpec 3=status:-
        core.ResourceQuotaSpec 1=hard:{}Q 2=scopes:[]s 3=scopeSelector:*core.ScopeSelector
        core.ResourceRequirements 1=limits:{}Q 2=requests:{}Q 3=claims:[]core.ResourceClaim
        core.SELinuxOptions 1=user:s 2=role:s 3=type:s 4=level:s
        core.ScopeSelector 1=matchExpressions:[]core.ScopedResourceSelectorRequirement
        core.ScopedResourceSelectorRequirement 1=scopeName:s 2=operator:s 3=values:[]s
        core.SeccompProfile 1=type:s 2=localhostProfile:*s
        core.Secret 1=metadata:meta.ObjectMeta 2=data:{}b 3=type:s 4=stringData:{}s 5=immutable:*B
        core.SecretEnvSource 1=:core.LocalObjectReference 2=optional:*B
        core.SecretKeySelector 1=:core.LocalObjectReference 2=key:s 3=optional:*B
        core.SecretProjection 1=:core.LocalObjectReference 2=items:[]core.KeyToPath 4=optional:*B
        core.SecretVolumeSource 1=secretName:s 2=items:[]core.KeyToPath 3=defaultMode:*i 4=optional:*B
          5=defaultUser:*i
        core.SecurityContext 1=capabilities:*core.Capabilities 2=privileged:*B 3=seLinuxOptions:*core.SELinuxOptions
          4=runAsUser:*i 5=runAsNonRoot:*B 6=readOnlyRootFilesystem:*B 7=allowPrivilegeEscalation:*B 8=runAsGroup:*i
          9=procMount:*s 10=windowsOptions:*core.WindowsSecurityContextOptions 11=seccompProfile:*core.SeccompProfile
          12=appArmorProfile:*core.AppArmorProfile
        core.Service 1=metadata:meta.ObjectMeta 2=spec:core.ServiceSpec 3=status:-
        core.ServiceAccount 1=metadata:meta.ObjectMeta 2=secrets:[]core.ObjectReference
          3=imagePullSecrets:[]core.LocalObjectReference 4=automountServiceAccountToken:*B
        core.ServiceAccountTokenProjection 1=audience:s 2=expirationSeconds:*i 3=path:s 4=user:*i
        core.ServicePort 1=name:s 2=protocol:s 3=port:i 4=targetPort:I 5=nodePort:i 6=appProtocol:*s
        core.ServiceSpec 1=ports:[]core.ServicePort 2=selector:{}s 3=clusterIP:s 4=type:s 5=externalIPs:[]s
          7=sessionAffinity:s 8=loadBalancerIP:s 9=loadBalancerSourceRanges:[]s 10=externalName:s
          11=externalTrafficPolicy:s 12=healthCheckNodePort:i 13=publishNotReadyAddresses:B
          14=sessionAffinityConfig:*core.SessionAffinityConfig 17=ipFamilyPolicy:*s 18=clusterIPs:[]s
          19=ipFamilies:[]s 20=allocateLoadBalancerNodePorts:*B 21=loadBalancerClass:*s 22=internalTrafficPolicy:*s
          23=trafficDistribution:*s
        core.SessionAffinityConfig 1=clientIP:*core.ClientIPConfig
        core.SleepAction 1=seconds:i
        core.Sysctl 1=name:s 2=value:s
        core.TCPSocketAction 1=port:I 2=host:s
        core.Taint 1=key:s 2=value:s 3=effect:s 4=timeAdded:*T
        core.Toleration 1=key:s 2=operator:s 3=value:s 4=effect:s 5=tolerationSeconds:*i
        core.TopologySpreadConstraint 1=maxSkew:i 2=topologyKey:s 3=whenUnsatisfiable:s
          4=labelSelector:*meta.LabelSelector 5=minDomains:*i 6=nodeAffinityPolicy:*s 7=nodeTaintsPolicy:*s
          8=matchLabelKeys:[]s
        core.TypedLocalObjectReference 1=apiGroup:*s 2=kind:s 3=name:s
        core.TypedObjectReference 1=apiGroup:*s 2=kind:s 3=name:s 4=namespace:*s
        core.Volume 1=name:s 2=:core.VolumeSource
        core.VolumeDevice 1=name:s 2=devicePath:s
        core.VolumeHealthCondition 1=status:s 2=reason:s 3=message:s
        core.VolumeHealthStatus 1=healthConditions:[]core.VolumeHealthCondition 2=lastTransitionTime:T
        core.VolumeMount 1=name:s 2=readOnly:B 3=mountPath:s 4=subPath:s 5=mountPropagation:*s 6=subPathExpr:s
          7=recursiveReadOnly:*s 8=bindMountOptions:[]s
        core.VolumeProjection 1=secret:*core.SecretProjection 2=downwardAPI:*core.DownwardAPIProjection
          3=configMap:*core.ConfigMapProjection 4=serviceAccountToken:*core.ServiceAccountTokenProjection
          5=clusterTrustBundle:*core.ClusterTrustBundleProjection 6=podCertificate:*core.PodCertificateProjection
        core.VolumeResourceRequirements 1=limits:{}Q 2=requests:{}Q
        core.VolumeSource 1=hostPath:*core.HostPathVolumeSource 2=emptyDir:*core.EmptyDirVolumeSource
          6=secret:*core.SecretVolumeSource 10=persistentVolumeClaim:*core.PersistentVolumeClaimVolumeSource
          16=downwardAPI:*core.DownwardAPIVolumeSource 19=configMap:*core.ConfigMapVolumeSource
          26=projected:*core.ProjectedVolumeSource 28=csi:*core.CSIVolumeSource 30=image:*core.ImageVolumeSource
        core.WeightedPodAffinityTerm 1=weight:i 2=podAffinityTerm:core.PodAffinityTerm
        core.WindowsSecurityContextOptions 1=gmsaCredentialSpecName:*s 2=gmsaCredentialSpec:*s 3=runAsUserName:*s
          4=hostProcess:*B
        """
}
