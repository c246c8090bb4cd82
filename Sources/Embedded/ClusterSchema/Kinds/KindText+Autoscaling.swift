extension KindText {
    /// Kinds of autoscaling, policy, scheduling.k8s.io and storage.k8s.io.
    static let autoscaling = """
        group autoscaling v1 io.k8s.api.autoscaling.v1

        kind HorizontalPodAutoscaler horizontalpodautoscalers short(hpa) cat(all) sub(status) storage(v2)
        HorizontalPodAutoscaler | Changes the number of pods by their load; stored, not acted on here.
          spec HorizontalPodAutoscalerSpec | The rule.
          status HorizontalPodAutoscalerStatus | State of it.

        HorizontalPodAutoscalerSpec | Rule of an autoscaler.
          maxReplicas int32 ! min(1) | Most pods.
          metrics [any] atomic | Metrics of autoscaling/v2.
          behavior any | Speed of autoscaling/v2.
          minReplicas int32 =1 min(0) | Least pods.
          scaleTargetRef CrossVersionObjectReference ! | What is scaled.
          targetCPUUtilizationPercentage int32 | Load that is aimed at.

        CrossVersionObjectReference atomic | An object by kind and name.
          apiVersion string | Version of the object.
          kind string ! | Kind of the object.
          name string ! | Name of the object.

        HorizontalPodAutoscalerStatus | State of an autoscaler.
          conditions [any] atomic | Conditions of autoscaling/v2.
          currentCPUUtilizationPercentage int32 | Load now.
          currentMetrics [any] atomic | Metrics of autoscaling/v2.
          currentReplicas int32 | Pods now.
          desiredReplicas int32 | Pods wanted.
          lastScaleTime time | When it changed last.
          observedGeneration int64 | Generation the status is about.

        type Scale
        Scale | The number of replicas of an object, seen and set through its scale subresource.
          spec ScaleSpec | What is wanted.
          status ScaleStatus | What is there.

        ScaleSpec | The wanted number.
          replicas int32 min(0) | Number of pods.

        ScaleStatus | The present number.
          replicas int32 ! | Number of pods.
          selector string | Selector of the pods as text.

        group autoscaling v2 io.k8s.api.autoscaling.v2

        kind HorizontalPodAutoscaler horizontalpodautoscalers short(hpa) cat(all) sub(status)
        HorizontalPodAutoscaler | Changes the number of pods by their load; stored, not acted on here.
          spec HorizontalPodAutoscalerSpec | The rule.
          status HorizontalPodAutoscalerStatus | State of it.

        HorizontalPodAutoscalerSpec | Rule of an autoscaler.
          behavior HorizontalPodAutoscalerBehavior | How fast it acts.
          maxReplicas int32 ! min(1) | Most pods.
          metrics [MetricSpec] atomic | Loads that are aimed at.
          minReplicas int32 =1 min(0) | Least pods.
          scaleTargetRef CrossVersionObjectReference ! | What is scaled.

        CrossVersionObjectReference | An object by kind and name.
          apiVersion string | Version of the object.
          kind string ! | Kind of the object.
          name string ! | Name of the object.

        HorizontalPodAutoscalerBehavior | How fast an autoscaler acts.
          scaleDown HPAScalingRules | Towards fewer pods.
          scaleUp HPAScalingRules | Towards more pods.

        HPAScalingRules | Speed in one direction.
          policies [HPAScalingPolicy] atomic | Most change per time.
          selectPolicy string | Which of them counts.
          stabilizationWindowSeconds int32 | Seconds that are looked back.
          tolerance quantity | Change that is ignored.

        HPAScalingPolicy | Most change per time.
          periodSeconds int32 ! | The time.
          type string ! | Pods or Percent.
          value int32 ! | The change.

        MetricSpec | A load that is aimed at.
          containerResource any | Resource of one container.
          external any | Metric from outside.
          object any | Metric of an object.
          pods any | Metric of the pods.
          resource ResourceMetricSource | Resource of the pods.
          type string ! | Which of these it is.

        ResourceMetricSource | Resource of pods.
          name string ! | cpu or memory.
          target MetricTarget ! | Value that is aimed at.

        MetricTarget | Value that is aimed at.
          averageUtilization int32 | Percentage of requests.
          averageValue quantity | Mean per pod.
          type string ! | Utilization, Value or AverageValue.
          value quantity | Value.

        HorizontalPodAutoscalerStatus | State of an autoscaler.
          conditions [PodCondition] key(type) | Details.
          currentMetrics [any] atomic | Loads now.
          currentReplicas int32 | Pods now.
          desiredReplicas int32 | Pods wanted.
          lastScaleTime time | When it changed last.
          observedGeneration int64 | Generation the status is about.

        group policy v1 io.k8s.api.policy.v1

        kind PodDisruptionBudget poddisruptionbudgets short(pdb) sub(status) gen
        PodDisruptionBudget | How many pods may be missing when somebody evicts them.
          spec PodDisruptionBudgetSpec | The rule.
          status PodDisruptionBudgetStatus | State of it.

        PodDisruptionBudgetSpec | Rule of a budget.
          maxUnavailable intstr | Most pods that may be missing.
          minAvailable intstr | Least pods that must be there.
          selector LabelSelector | Pods the rule is for.
          unhealthyPodEvictionPolicy string in(IfHealthyBudget,AlwaysAllow) | What holds for pods that are not ready.

        PodDisruptionBudgetStatus | State of a budget.
          conditions [Condition] key(type) | Details.
          currentHealthy int32 | Pods that are healthy.
          desiredHealthy int32 | Pods that must be.
          disruptedPods {time} | Pods that are being evicted.
          disruptionsAllowed int32 | Evictions that are allowed now.
          expectedPods int32 | Pods that are counted.
          observedGeneration int64 | Generation the status is about.

        type Eviction
        Eviction | Asks to end a pod if its budget allows.
          deleteOptions any | How to end it.

        group scheduling.k8s.io v1 io.k8s.api.scheduling.v1

        kind PriorityClass priorityclasses cluster short(pc)
        PriorityClass | A name for a priority of pods.
          description string | What it is for.
          globalDefault bool | Pods without a class get this one.
          preemptionPolicy string =PreemptLowerPriority in(Never,PreemptLowerPriority) | Whether others are displaced.
          value int32 ! | The priority.

        group storage.k8s.io v1 io.k8s.api.storage.v1

        kind StorageClass storageclasses cluster short(sc)
        StorageClass | A kind of storage; stored, not provided here.
          allowVolumeExpansion bool | Volumes may grow.
          allowedTopologies [any] atomic | Where volumes may be.
          mountOptions [string] atomic | Options of mounts.
          parameters {string} | Settings of the provider.
          provisioner string ! | Who provides it.
          reclaimPolicy string =Delete in(Delete,Retain,Recycle) | What happens to volumes that are free.
          volumeBindingMode string =Immediate in(Immediate,WaitForFirstConsumer) | When a volume is bound.
        """
}
