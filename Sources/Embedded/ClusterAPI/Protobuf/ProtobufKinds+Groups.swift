extension ProtobufKinds {
    /// Messages of all other groups, with the field numbers of Kubernetes' `types.go`.
    static let groupsText = """
        apps.ControllerRevision 1=metadata:meta.ObjectMeta 2=data:J 3=revision:i
        apps.DaemonSet 1=metadata:meta.ObjectMeta 2=spec:apps.DaemonSetSpec 3=status:-
        apps.DaemonSetSpec 1=selector:*meta.LabelSelector 2=template:core.PodTemplateSpec
          3=updateStrategy:apps.DaemonSetUpdateStrategy 4=minReadySeconds:i 6=revisionHistoryLimit:*i
        apps.DaemonSetUpdateStrategy 1=type:s 2=rollingUpdate:*apps.RollingUpdateDaemonSet
        apps.Deployment 1=metadata:meta.ObjectMeta 2=spec:apps.DeploymentSpec 3=status:-
        apps.DeploymentSpec 1=replicas:*i 2=selector:*meta.LabelSelector 3=template:core.PodTemplateSpec
          4=strategy:apps.DeploymentStrategy 5=minReadySeconds:i 6=revisionHistoryLimit:*i 7=paused:B
          9=progressDeadlineSeconds:*i
        apps.DeploymentStrategy 1=type:s 2=rollingUpdate:*apps.RollingUpdateDeployment
        apps.ReplicaSet 1=metadata:meta.ObjectMeta 2=spec:apps.ReplicaSetSpec 3=status:-
        apps.ReplicaSetSpec 1=replicas:*i 2=selector:*meta.LabelSelector 3=template:core.PodTemplateSpec
          4=minReadySeconds:i
        apps.RollingUpdateDaemonSet 1=maxUnavailable:*I 2=maxSurge:*I
        apps.RollingUpdateDeployment 1=maxUnavailable:*I 2=maxSurge:*I
        apps.RollingUpdateStatefulSetStrategy 1=partition:*i 2=maxUnavailable:*I
        apps.StatefulSet 1=metadata:meta.ObjectMeta 2=spec:apps.StatefulSetSpec 3=status:-
        apps.StatefulSetOrdinals 1=start:i
        apps.StatefulSetPersistentVolumeClaimRetentionPolicy 1=whenDeleted:s 2=whenScaled:s
        apps.StatefulSetSpec 1=replicas:*i 2=selector:*meta.LabelSelector 3=template:core.PodTemplateSpec
          4=volumeClaimTemplates:[]core.PersistentVolumeClaim 5=serviceName:s 6=podManagementPolicy:s
          7=updateStrategy:apps.StatefulSetUpdateStrategy 8=revisionHistoryLimit:*i 9=minReadySeconds:i
          10=persistentVolumeClaimRetentionPolicy:*apps.StatefulSetPersistentVolumeClaimRetentionPolicy
          11=ordinals:*apps.StatefulSetOrdinals
        apps.StatefulSetUpdateStrategy 1=type:s 2=rollingUpdate:*apps.RollingUpdateStatefulSetStrategy
        authentication.BoundObjectReference 1=kind:s 2=apiVersion:s 3=name:s 4=uid:s
        authentication.SelfSubjectReview 1=metadata:meta.ObjectMeta 2=status:authentication.SelfSubjectReviewStatus
        authentication.SelfSubjectReviewStatus 1=userInfo:authentication.UserInfo
        authentication.TokenRequest 1=metadata:meta.ObjectMeta 2=spec:authentication.TokenRequestSpec
          3=status:authentication.TokenRequestStatus
        authentication.TokenRequestSpec 1=audiences:[]s 3=boundObjectRef:*authentication.BoundObjectReference
          4=expirationSeconds:*i 5=attestations:{}s
        authentication.TokenRequestStatus 1=token:s 2=expirationTimestamp:T
        authentication.TokenReview 1=metadata:meta.ObjectMeta 2=spec:authentication.TokenReviewSpec
          3=status:authentication.TokenReviewStatus
        authentication.TokenReviewSpec 1=token:s 2=audiences:[]s
        authentication.TokenReviewStatus 1=authenticated:B 2=user:authentication.UserInfo 3=error:s 4=audiences:[]s
        authentication.UserInfo 1=username:s 2=uid:s 3=groups:[]s 4=extra:{}X
        authorization.FieldSelectorAttributes 1=rawSelector:s 2=requirements:[]meta.FieldSelectorRequirement
        authorization.LabelSelectorAttributes 1=rawSelector:s 2=requirements:[]meta.LabelSelectorRequirement
        authorization.LocalSubjectAccessReview 1=metadata:meta.ObjectMeta
          2=spec:authorization.SubjectAccessReviewSpec 3=status:authorization.SubjectAccessReviewStatus
        authorization.NonResourceAttributes 1=path:s 2=verb:s
        authorization.NonResourceRule 1=verbs:[]s 2=nonResourceURLs:[]s
        authorization.ResourceAttributes 1=namespace:s 2=verb:s 3=group:s 4=version:s 5=resource:s 6=subresource:s
          7=name:s 8=fieldSelector:*authorization.FieldSelectorAttributes
          9=labelSelector:*authorization.LabelSelectorAttributes
        authorization.ResourceRule 1=verbs:[]s 2=apiGroups:[]s 3=resources:[]s 4=resourceNames:[]s
        authorization.SelfSubjectAccessReview 1=metadata:meta.ObjectMeta
          2=spec:authorization.SelfSubjectAccessReviewSpec 3=status:authorization.SubjectAccessReviewStatus
        authorization.SelfSubjectAccessReviewSpec 1=resourceAttributes:*authorization.ResourceAttributes
          2=nonResourceAttributes:*authorization.NonResourceAttributes
        authorization.SelfSubjectRulesReview 1=metadata:meta.ObjectMeta
          2=spec:authorization.SelfSubjectRulesReviewSpec 3=status:authorization.SubjectRulesReviewStatus
        authorization.SelfSubjectRulesReviewSpec 1=namespace:s
        authorization.SubjectAccessReview 1=metadata:meta.ObjectMeta 2=spec:authorization.SubjectAccessReviewSpec
          3=status:authorization.SubjectAccessReviewStatus
        authorization.SubjectAccessReviewSpec 1=resourceAttributes:*authorization.ResourceAttributes
          2=nonResourceAttributes:*authorization.NonResourceAttributes 3=user:s 4=groups:[]s 5=extra:{}X 6=uid:s
        authorization.SubjectAccessReviewStatus 1=allowed:B 2=reason:s 3=evaluationError:s 4=denied:B
        authorization.SubjectRulesReviewStatus 1=resourceRules:[]authorization.ResourceRule
          2=nonResourceRules:[]authorization.NonResourceRule 3=incomplete:B 4=evaluationError:s
        autoscaling1.CrossVersionObjectReference 1=kind:s 2=name:s 3=apiVersion:s
        autoscaling1.HorizontalPodAutoscaler 1=metadata:meta.ObjectMeta
          2=spec:autoscaling1.HorizontalPodAutoscalerSpec 3=status:-
        autoscaling1.HorizontalPodAutoscalerSpec 1=scaleTargetRef:autoscaling1.CrossVersionObjectReference
          2=minReplicas:*i 3=maxReplicas:i 4=targetCPUUtilizationPercentage:*i
        autoscaling1.Scale 1=metadata:meta.ObjectMeta 2=spec:autoscaling1.ScaleSpec 3=status:-
        autoscaling1.ScaleSpec 1=replicas:i
        autoscaling2.ContainerResourceMetricSource 1=name:s 2=target:autoscaling2.MetricTarget 3=container:s
        autoscaling2.CrossVersionObjectReference 1=kind:s 2=name:s 3=apiVersion:s
        autoscaling2.ExternalMetricSource 1=metric:autoscaling2.MetricIdentifier 2=target:autoscaling2.MetricTarget
        autoscaling2.HPAScalingPolicy 1=type:s 2=value:i 3=periodSeconds:i
        autoscaling2.HPAScalingRules 1=selectPolicy:*s 2=policies:[]autoscaling2.HPAScalingPolicy
          3=stabilizationWindowSeconds:*i 4=tolerance:*Q
        autoscaling2.HorizontalPodAutoscaler 1=metadata:meta.ObjectMeta
          2=spec:autoscaling2.HorizontalPodAutoscalerSpec 3=status:-
        autoscaling2.HorizontalPodAutoscalerBehavior 1=scaleUp:*autoscaling2.HPAScalingRules
          2=scaleDown:*autoscaling2.HPAScalingRules
        autoscaling2.HorizontalPodAutoscalerSpec 1=scaleTargetRef:autoscaling2.CrossVersionObjectReference
          2=minReplicas:*i 3=maxReplicas:i 4=metrics:[]autoscaling2.MetricSpec
          5=behavior:*autoscaling2.HorizontalPodAutoscalerBehavior
        autoscaling2.MetricIdentifier 1=name:s 2=selector:*meta.LabelSelector
        autoscaling2.MetricSpec 1=type:s 2=object:*autoscaling2.ObjectMetricSource
          3=pods:*autoscaling2.PodsMetricSource 4=resource:*autoscaling2.ResourceMetricSource
          5=external:*autoscaling2.ExternalMetricSource
          7=containerResource:*autoscaling2.ContainerResourceMetricSource
        autoscaling2.MetricTarget 1=type:s 2=value:*Q 3=averageValue:*Q 4=averageUtilization:*i
        autoscaling2.ObjectMetricSource 1=describedObject:autoscaling2.CrossVersionObjectReference
          2=target:autoscaling2.MetricTarget 3=metric:autoscaling2.MetricIdentifier
        autoscaling2.PodsMetricSource 1=metric:autoscaling2.MetricIdentifier 2=target:autoscaling2.MetricTarget
        autoscaling2.ResourceMetricSource 1=name:s 2=target:autoscaling2.MetricTarget
        batch.CronJob 1=metadata:meta.ObjectMeta 2=spec:batch.CronJobSpec 3=status:-
        batch.CronJobSpec 1=schedule:s 2=startingDeadlineSeconds:*i 3=concurrencyPolicy:s 4=suspend:*B
          5=jobTemplate:batch.JobTemplateSpec 6=successfulJobsHistoryLimit:*i 7=failedJobsHistoryLimit:*i
          8=timeZone:*s
        batch.Job 1=metadata:meta.ObjectMeta 2=spec:batch.JobSpec 3=status:-
        batch.JobSchedulingConfiguration 1=schedulingPolicy:*s 2=schedulingConstraints:*s 3=disruptionMode:*s
          4=resourceClaims:[]s
        batch.JobSpec 1=parallelism:*i 2=completions:*i 3=activeDeadlineSeconds:*i 4=selector:*meta.LabelSelector
          5=manualSelector:*B 6=template:core.PodTemplateSpec 7=backoffLimit:*i 8=ttlSecondsAfterFinished:*i
          9=completionMode:*s 10=suspend:*B 11=podFailurePolicy:*batch.PodFailurePolicy 12=backoffLimitPerIndex:*i
          13=maxFailedIndexes:*i 14=podReplacementPolicy:*s 15=managedBy:*s 16=successPolicy:*batch.SuccessPolicy
          17=scheduling:*batch.JobSchedulingConfiguration
        batch.JobTemplateSpec 1=metadata:meta.ObjectMeta 2=spec:batch.JobSpec
        batch.PodFailurePolicy 1=rules:[]batch.PodFailurePolicyRule
        batch.PodFailurePolicyOnExitCodesRequirement 1=containerName:*s 2=operator:s 3=values:[]i
        batch.PodFailurePolicyOnPodConditionsPattern 1=type:s 2=status:s
        batch.PodFailurePolicyRule 1=action:s 2=onExitCodes:*batch.PodFailurePolicyOnExitCodesRequirement
          3=onPodConditions:[]batch.PodFailurePolicyOnPodConditionsPattern
        batch.SuccessPolicy 1=rules:[]batch.SuccessPolicyRule
        batch.SuccessPolicyRule 1=succeededIndexes:*s 2=succeededCount:*i
        coordination.Lease 1=metadata:meta.ObjectMeta 2=spec:coordination.LeaseSpec
        coordination.LeaseSpec 1=holderIdentity:*s 2=leaseDurationSeconds:*i 3=acquireTime:*U 4=renewTime:*U
          5=leaseTransitions:*i 6=strategy:*s 7=preferredHolder:*s
        discovery.Endpoint 1=addresses:[]s 2=conditions:discovery.EndpointConditions 3=hostname:*s
          4=targetRef:*core.ObjectReference 5=deprecatedTopology:{}s 6=nodeName:*s 7=zone:*s
          8=hints:*discovery.EndpointHints
        discovery.EndpointConditions 1=ready:*B 2=serving:*B 3=terminating:*B
        discovery.EndpointHints 1=forZones:[]discovery.ForZone 2=forNodes:[]discovery.ForNode
        discovery.EndpointPort 1=name:*s 2=protocol:*s 3=port:*i 4=appProtocol:*s
        discovery.EndpointSlice 1=metadata:meta.ObjectMeta 2=endpoints:[]discovery.Endpoint
          3=ports:[]discovery.EndpointPort 4=addressType:s
        discovery.ForNode 1=name:s
        discovery.ForZone 1=name:s
        networking.HTTPIngressPath 1=path:s 2=backend:networking.IngressBackend 3=pathType:*s
        networking.HTTPIngressRuleValue 1=paths:[]networking.HTTPIngressPath
        networking.IPBlock 1=cidr:s 2=except:[]s
        networking.Ingress 1=metadata:meta.ObjectMeta 2=spec:networking.IngressSpec 3=status:-
        networking.IngressBackend 3=resource:*core.TypedLocalObjectReference
          4=service:*networking.IngressServiceBackend
        networking.IngressClass 1=metadata:meta.ObjectMeta 2=spec:networking.IngressClassSpec
        networking.IngressClassParametersReference 1=apiGroup:*s 2=kind:s 3=name:s 4=scope:*s 5=namespace:*s
        networking.IngressClassSpec 1=controller:s 2=parameters:*networking.IngressClassParametersReference
        networking.IngressRule 1=host:s 2=:networking.IngressRuleValue
        networking.IngressRuleValue 1=http:*networking.HTTPIngressRuleValue
        networking.IngressServiceBackend 1=name:s 2=port:networking.ServiceBackendPort
        networking.IngressSpec 1=defaultBackend:*networking.IngressBackend 2=tls:[]networking.IngressTLS
          3=rules:[]networking.IngressRule 4=ingressClassName:*s
        networking.IngressTLS 1=hosts:[]s 2=secretName:s
        networking.NetworkPolicy 1=metadata:meta.ObjectMeta 2=spec:networking.NetworkPolicySpec
        networking.NetworkPolicyEgressRule 1=ports:[]networking.NetworkPolicyPort
          2=to:[]networking.NetworkPolicyPeer
        networking.NetworkPolicyIngressRule 1=ports:[]networking.NetworkPolicyPort
          2=from:[]networking.NetworkPolicyPeer
        networking.NetworkPolicyPeer 1=podSelector:*meta.LabelSelector 2=namespaceSelector:*meta.LabelSelector
          3=ipBlock:*networking.IPBlock
        networking.NetworkPolicyPort 1=protocol:*s 2=port:*I 3=endPort:*i
        networking.NetworkPolicySpec 1=podSelector:meta.LabelSelector
          2=ingress:[]networking.NetworkPolicyIngressRule 3=egress:[]networking.NetworkPolicyEgressRule
          4=policyTypes:[]s
        networking.ServiceBackendPort 1=name:s 2=number:i
        policy.Eviction 1=metadata:meta.ObjectMeta 2=deleteOptions:*meta.DeleteOptions
        policy.PodDisruptionBudget 1=metadata:meta.ObjectMeta 2=spec:policy.PodDisruptionBudgetSpec 3=status:-
        policy.PodDisruptionBudgetSpec 1=minAvailable:*I 2=selector:*meta.LabelSelector 3=maxUnavailable:*I
          4=unhealthyPodEvictionPolicy:*s
        rbac.AggregationRule 1=clusterRoleSelectors:[]meta.LabelSelector
        rbac.ClusterRole 1=metadata:meta.ObjectMeta 2=rules:[]rbac.PolicyRule
          3=aggregationRule:*rbac.AggregationRule
        rbac.ClusterRoleBinding 1=metadata:meta.ObjectMeta 2=subjects:[]rbac.Subject 3=roleRef:rbac.RoleRef
        rbac.PolicyRule 1=verbs:[]s 2=apiGroups:[]s 3=resources:[]s 4=resourceNames:[]s 5=nonResourceURLs:[]s
        rbac.Role 1=metadata:meta.ObjectMeta 2=rules:[]rbac.PolicyRule
        rbac.RoleBinding 1=metadata:meta.ObjectMeta 2=subjects:[]rbac.Subject 3=roleRef:rbac.RoleRef
        rbac.RoleRef 1=apiGroup:s 2=kind:s 3=name:s
        rbac.Subject 1=kind:s 2=apiGroup:s 3=name:s 4=namespace:s
        scheduling.PriorityClass 1=metadata:meta.ObjectMeta 2=value:i 3=globalDefault:B 4=description:s
          5=preemptionPolicy:*s
        """
}
