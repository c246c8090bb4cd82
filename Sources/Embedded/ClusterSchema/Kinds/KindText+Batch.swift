extension KindText {
    /// Kinds of batch/v1.
    static let batch = """
        group batch v1 io.k8s.api.batch.v1

        kind Job jobs cat(all) sub(status) gen select(status.successful)
        Job | Runs pods until enough of them succeeded.
          spec JobSpec | What is wanted.
          status JobStatus | What was done.

        JobSpec | What a Job runs.
          activeDeadlineSeconds int64 min(0) | Seconds until the Job fails.
          backoffLimit int32 min(0) | Failures until the Job fails; 6 without.
          backoffLimitPerIndex int32 min(0) | The same for each index.
          completionMode string =NonIndexed in(NonIndexed,Indexed) | Whether completions are numbered.
          completions int32 min(0) | Pods that must succeed.
          managedBy string | Controller of the Job.
          manualSelector bool | The selector is given, not made.
          maxFailedIndexes int32 min(0) | Failed indexes until the Job fails.
          parallelism int32 min(0) | Pods that run at a time.
          podFailurePolicy any | What failures mean.
          podReplacementPolicy string in(TerminatingOrFailed,Failed) | When a pod is replaced.
          selector LabelSelector | Labels of its pods; made by the server.
          successPolicy any | When the Job succeeded.
          suspend bool =false | No pods are made.
          template PodTemplateSpec ! | Pattern of the pods.
          ttlSecondsAfterFinished int32 min(0) | Seconds a finished Job is kept.

        JobStatus | What a Job did.
          active int32 | Pods that run.
          completedIndexes string | Numbers that are complete.
          completionTime time | When it was complete.
          conditions [JobCondition] atomic merge(type) | Complete, Failed, Suspended.
          failed int32 | Pods that failed.
          failedIndexes string | Numbers that failed.
          ready int32 | Pods that are ready.
          startTime time | When it started.
          succeeded int32 | Pods that succeeded.
          terminating int32 | Pods that are ending.
          uncountedTerminatedPods UncountedTerminatedPods | Pods that ended and are not counted yet.

        UncountedTerminatedPods | Pods that ended and are not counted yet.
          failed [string] set | Those that failed.
          succeeded [string] set | Those that succeeded.

        JobCondition | One aspect of a Job's state.
          lastProbeTime time | When it was checked last.
          lastTransitionTime time | When the status changed last.
          message string | Details for people.
          reason string | One word why.
          status string ! | True, False or Unknown.
          type string ! | Name of the condition.

        kind CronJob cronjobs short(cj) cat(all) sub(status) gen
        CronJob | Makes Jobs by a timetable.
          spec CronJobSpec | What is wanted.
          status CronJobStatus | What was done.

        CronJobSpec | What a CronJob makes.
          concurrencyPolicy string =Allow in(Allow,Forbid,Replace) | Whether Jobs may overlap.
          failedJobsHistoryLimit int32 =1 min(0) | Failed Jobs that are kept.
          jobTemplate JobTemplateSpec ! | Pattern of the Jobs.
          schedule string ! | Timetable in cron form.
          startingDeadlineSeconds int64 min(0) | Seconds a missed start may be late.
          successfulJobsHistoryLimit int32 =3 min(0) | Finished Jobs that are kept.
          suspend bool =false | No Jobs are made.
          timeZone string | Time zone of the timetable.

        JobTemplateSpec | Pattern of Jobs.
          metadata ObjectMeta | Labels and annotations.
          spec JobSpec | What the Jobs run.

        CronJobStatus | What a CronJob did.
          active [ObjectReference] atomic | Jobs that run.
          lastScheduleTime time | When a Job was made last.
          lastSuccessfulTime time | When a Job succeeded last.
        """
}
