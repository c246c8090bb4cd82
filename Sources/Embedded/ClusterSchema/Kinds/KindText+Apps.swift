extension KindText {
    /// Kinds of apps/v1.
    static let apps = """
        group apps v1 io.k8s.api.apps.v1

        kind Deployment deployments short(deploy) cat(all) sub(status,scale) gen
        Deployment | Keeps a number of equal pods and replaces them step by step when their pattern changes.
          spec DeploymentSpec | What is wanted.
          status DeploymentStatus | What is there.

        DeploymentSpec | What a Deployment keeps.
          minReadySeconds int32 min(0) | Seconds a new pod must be ready to count as available.
          paused bool | Changes of the pattern wait.
          progressDeadlineSeconds int32 =600 min(0) | Seconds without progress until it counts as failed.
          replicas int32 =1 min(0) | Number of pods.
          revisionHistoryLimit int32 =10 min(0) | Old ReplicaSets that are kept.
          selector LabelSelector ! | Labels of its pods; cannot change.
          strategy DeploymentStrategy retainKeys ={} | How pods are replaced.
          template PodTemplateSpec ! | Pattern of the pods.

        DeploymentStrategy | How pods are replaced.
          rollingUpdate RollingUpdateDeployment | Steps of RollingUpdate.
          type string =RollingUpdate in(Recreate,RollingUpdate) | All at once or step by step.

        RollingUpdateDeployment | Steps of a rolling update.
          maxSurge intstr =25% | Pods above the wanted number, as number or percentage.
          maxUnavailable intstr =25% | Pods that may be missing, as number or percentage.

        DeploymentStatus | What a Deployment has.
          availableReplicas int32 | Pods that are available.
          collisionCount int32 | Hash collisions of names.
          conditions [DeploymentCondition] key(type) | Available, Progressing, ReplicaFailure.
          observedGeneration int64 | Generation the status is about.
          readyReplicas int32 | Pods that are ready.
          replicas int32 | Pods that exist.
          terminatingReplicas int32 | Pods that are ending.
          unavailableReplicas int32 | Pods that are missing.
          updatedReplicas int32 | Pods of the newest pattern.

        DeploymentCondition | One aspect of a Deployment's state.
          lastTransitionTime time | When the status changed last.
          lastUpdateTime time | When it was updated last.
          message string | Details for people.
          reason string | One word why.
          status string ! | True, False or Unknown.
          type string ! | Name of the condition.

        kind ReplicaSet replicasets short(rs) cat(all) sub(status,scale) gen select(status.replicas)
        ReplicaSet | Keeps a number of equal pods.
          spec ReplicaSetSpec | What is wanted.
          status ReplicaSetStatus | What is there.

        ReplicaSetSpec | What a ReplicaSet keeps.
          minReadySeconds int32 min(0) | Seconds a new pod must be ready to count as available.
          replicas int32 =1 min(0) | Number of pods.
          selector LabelSelector ! | Labels of its pods; cannot change.
          template PodTemplateSpec | Pattern of the pods.

        ReplicaSetStatus | What a ReplicaSet has.
          availableReplicas int32 | Pods that are available.
          conditions [DeploymentCondition] key(type) | Details.
          fullyLabeledReplicas int32 | Pods with all labels of the pattern.
          observedGeneration int64 | Generation the status is about.
          readyReplicas int32 | Pods that are ready.
          replicas int32 ! | Pods that exist.
          terminatingReplicas int32 | Pods that are ending.

        kind StatefulSet statefulsets short(sts) cat(all) sub(status,scale) gen
        StatefulSet | Keeps pods with stable names and storage.
          spec StatefulSetSpec | What is wanted.
          status StatefulSetStatus | What is there.

        StatefulSetSpec | What a StatefulSet keeps.
          minReadySeconds int32 min(0) | Seconds a new pod must be ready to count as available.
          ordinals StatefulSetOrdinals | How pods are numbered.
          persistentVolumeClaimRetentionPolicy any | What happens to claims of pods that go.
          podManagementPolicy string =OrderedReady in(OrderedReady,Parallel) | One by one or all at once.
          replicas int32 =1 min(0) | Number of pods.
          revisionHistoryLimit int32 =10 min(0) | Old revisions that are kept.
          selector LabelSelector ! | Labels of its pods; cannot change.
          serviceName string | Headless service that names the pods.
          template PodTemplateSpec ! | Pattern of the pods.
          updateStrategy StatefulSetUpdateStrategy ={} | How pods are replaced.
          volumeClaimTemplates [PersistentVolumeClaim] atomic | Claims every pod gets.

        StatefulSetOrdinals | How pods are numbered.
          start int32 min(0) | First number.

        StatefulSetUpdateStrategy | How pods are replaced.
          rollingUpdate RollingUpdateStatefulSetStrategy | Steps of RollingUpdate.
          type string =RollingUpdate in(RollingUpdate,OnDelete) | By itself or when a pod is deleted.

        RollingUpdateStatefulSetStrategy | Steps of a rolling update.
          maxUnavailable intstr | Pods that may be missing.
          partition int32 min(0) | Pods below this number stay.

        StatefulSetStatus | What a StatefulSet has.
          availableReplicas int32 | Pods that are available.
          collisionCount int32 | Hash collisions of names.
          conditions [DeploymentCondition] key(type) | Details.
          currentReplicas int32 | Pods of the current revision.
          currentRevision string | Revision before the update.
          observedGeneration int64 | Generation the status is about.
          readyReplicas int32 | Pods that are ready.
          replicas int32 ! | Pods that exist.
          updateRevision string | Revision after the update.
          updatedReplicas int32 | Pods of the new revision.

        kind DaemonSet daemonsets short(ds) cat(all) sub(status) gen
        DaemonSet | Keeps one pod on every node.
          spec DaemonSetSpec | What is wanted.
          status DaemonSetStatus | What is there.

        DaemonSetSpec | What a DaemonSet keeps.
          minReadySeconds int32 min(0) | Seconds a new pod must be ready to count as available.
          revisionHistoryLimit int32 =10 min(0) | Old revisions that are kept.
          selector LabelSelector ! | Labels of its pods; cannot change.
          template PodTemplateSpec ! | Pattern of the pods.
          updateStrategy DaemonSetUpdateStrategy ={} | How pods are replaced.

        DaemonSetUpdateStrategy | How pods are replaced.
          rollingUpdate RollingUpdateDaemonSet | Steps of RollingUpdate.
          type string =RollingUpdate in(RollingUpdate,OnDelete) | By itself or when a pod is deleted.

        RollingUpdateDaemonSet | Steps of a rolling update.
          maxSurge intstr =0 | Further pods during the update.
          maxUnavailable intstr =1 | Pods that may be missing.

        DaemonSetStatus | What a DaemonSet has.
          collisionCount int32 | Hash collisions of names.
          conditions [DeploymentCondition] key(type) | Details.
          currentNumberScheduled int32 ! | Nodes that have their pod.
          desiredNumberScheduled int32 ! | Nodes that should have one.
          numberAvailable int32 | Nodes with an available pod.
          numberMisscheduled int32 ! | Nodes with a pod that should have none.
          numberReady int32 ! | Nodes with a ready pod.
          numberUnavailable int32 | Nodes without an available pod.
          observedGeneration int64 | Generation the status is about.
          updatedNumberScheduled int32 | Nodes with a pod of the newest pattern.

        kind ControllerRevision controllerrevisions
        ControllerRevision | A pattern as it was, kept for going back.
          data any | The pattern.
          revision int64 ! | Number of the revision.
        """
}
