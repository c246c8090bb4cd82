extension KindText {
    /// Containers: probes, life cycle, environment, privileges and status.
    static let container = """
        group "" v1 io.k8s.api.core.v1

        Container | A program to run inside a pod.
          args [string] atomic | Arguments of the command; $(NAME) is replaced by environment variables.
          command [string] atomic | Program and first arguments; the image's own without.
          env [EnvVar] key(name) | Environment variables.
          envFrom [EnvFromSource] atomic | Sources of many environment variables.
          image string | Image that holds the program.
          imagePullPolicy string in(Always,Never,IfNotPresent) | When the image is pulled.
          lifecycle Lifecycle | Actions after the start and before the end.
          livenessProbe Probe | Restarts the container when it fails.
          name string ! fmt(dns-label) | Name, unique within the pod.
          ports [ContainerPort] key(containerPort,protocol) | Ports the program listens on.
          readinessProbe Probe | Takes the container out of Services while it fails.
          resizePolicy [ContainerResizePolicy] atomic | What a change of resources does.
          resources ResourceRequirements ={} | Resources asked for and limits.
          restartPolicy string | Always makes an init container a sidecar.
          restartPolicyRules [any] atomic | Restart rules by exit code.
          securityContext SecurityContext | Privileges of the processes.
          startupProbe Probe | Other probes wait until it succeeds.
          stdin bool | Keep standard input open.
          stdinOnce bool | Close standard input after the first client left.
          terminationMessagePath string =/dev/termination-log | File whose text becomes the message of the end.
          terminationMessagePolicy string =File in(File,FallbackToLogsOnError) | Where that message comes from.
          tty bool | Give the program a terminal.
          volumeDevices [VolumeDevice] key(devicePath) | Block devices.
          volumeMounts [VolumeMount] key(mountPath) | Where volumes appear.
          workingDir string | Directory the program starts in.

        EphemeralContainer | A container added to a running pod for debugging.
          args [string] atomic | Arguments of the command.
          command [string] atomic | Program and first arguments.
          env [EnvVar] key(name) | Environment variables.
          envFrom [EnvFromSource] atomic | Sources of many environment variables.
          image string | Image that holds the program.
          imagePullPolicy string in(Always,Never,IfNotPresent) | When the image is pulled.
          lifecycle Lifecycle | Not allowed here.
          livenessProbe Probe | Not allowed here.
          name string ! fmt(dns-label) | Name, unique within the pod.
          ports [ContainerPort] key(containerPort,protocol) | Not allowed here.
          readinessProbe Probe | Not allowed here.
          resizePolicy [ContainerResizePolicy] atomic | What a change of resources does.
          resources ResourceRequirements ={} | Not allowed here.
          restartPolicy string | Not allowed here.
          restartPolicyRules [any] atomic | Not allowed here.
          securityContext SecurityContext | Privileges of the processes.
          startupProbe Probe | Not allowed here.
          stdin bool | Keep standard input open.
          stdinOnce bool | Close standard input after the first client left.
          targetContainerName string | Container whose processes are seen.
          terminationMessagePath string =/dev/termination-log | File whose text becomes the message of the end.
          terminationMessagePolicy string =File in(File,FallbackToLogsOnError) | Where that message comes from.
          tty bool | Give the program a terminal.
          volumeDevices [VolumeDevice] key(devicePath) | Block devices.
          volumeMounts [VolumeMount] key(mountPath) | Where volumes appear.
          workingDir string | Directory the program starts in.

        ContainerPort | A port a container listens on.
          containerPort int32 ! min(1) max(65535) | Port number inside the pod.
          hostIP string | Address of the node to bind to.
          hostPort int32 min(0) max(65535) | Port number on the node.
          name string fmt(port-name) | Name Services may refer to.
          protocol string =TCP in(TCP,UDP,SCTP) | Transport protocol.

        ContainerResizePolicy | What a change of one resource does.
          resourceName string ! | cpu or memory.
          restartPolicy string ! in(NotRequired,RestartContainer) | Whether the container restarts.

        EnvVar | An environment variable.
          name string ! | Name of the variable.
          value string | Its value; $(NAME) is replaced by other variables.
          valueFrom EnvVarSource | Where the value comes from.

        EnvVarSource | Where the value of a variable comes from.
          configMapKeyRef ConfigMapKeySelector | Key of a ConfigMap.
          fieldRef ObjectFieldSelector | Field of the pod.
          fileKeyRef any | Key in a file.
          resourceFieldRef ResourceFieldSelector | Resource of a container.
          secretKeyRef SecretKeySelector | Key of a Secret.

        ConfigMapKeySelector atomic | A key of a ConfigMap.
          key string ! | Key.
          name string | Name of the ConfigMap.
          optional bool | The container starts without it too.

        SecretKeySelector atomic | A key of a Secret.
          key string ! | Key.
          name string | Name of the Secret.
          optional bool | The container starts without it too.

        ObjectFieldSelector atomic | A field of the pod.
          apiVersion string =v1 | Version the path is written in.
          fieldPath string ! | Path such as metadata.name or status.podIP.

        ResourceFieldSelector atomic | A resource of a container.
          containerName string | Container; needed in volumes.
          divisor quantity =0 | Unit of the value.
          resource string ! | Such as limits.memory.

        EnvFromSource | A source of many variables.
          configMapRef ConfigMapEnvSource | All keys of a ConfigMap.
          prefix string | Text before every name.
          secretRef SecretEnvSource | All keys of a Secret.

        ConfigMapEnvSource | All keys of a ConfigMap.
          name string | Name of the ConfigMap.
          optional bool | The container starts without it too.

        SecretEnvSource | All keys of a Secret.
          name string | Name of the Secret.
          optional bool | The container starts without it too.

        Lifecycle | Actions around a container's life.
          postStart LifecycleHandler | Right after the start.
          preStop LifecycleHandler | Before the container is asked to end.
          stopSignal string | Signal that asks the container to end.

        LifecycleHandler | One action.
          exec ExecAction | Run a command.
          httpGet HTTPGetAction | Send an HTTP request.
          sleep SleepAction | Wait.
          tcpSocket TCPSocketAction | Not used.

        SleepAction | Waiting.
          seconds int64 ! | How long.

        Probe | A repeated check of a container.
          exec ExecAction | Succeeds when the command exits with 0.
          failureThreshold int32 =3 min(1) | Failures in a row that count as failed.
          grpc GRPCAction | Asks the gRPC health service.
          httpGet HTTPGetAction | Succeeds with a status from 200 to 399.
          initialDelaySeconds int32 min(0) | Seconds after the start before the first check.
          periodSeconds int32 =10 min(1) | Seconds between two checks.
          successThreshold int32 =1 min(1) | Successes in a row that count as healthy.
          tcpSocket TCPSocketAction | Succeeds when the port accepts.
          terminationGracePeriodSeconds int64 min(1) | Grace period after a failed liveness check.
          timeoutSeconds int32 =1 min(1) | Seconds one check may take.

        ExecAction | A command to run in the container.
          command [string] atomic | Program and arguments; no shell.

        HTTPGetAction | An HTTP request.
          host string | Host to connect to; the pod without.
          httpHeaders [HTTPHeader] atomic | Headers to send.
          path string =/ | Path to ask for.
          port intstr ! | Number or name of the port.
          scheme string =HTTP in(HTTP,HTTPS) | HTTP or HTTPS.

        HTTPHeader | A header to send.
          name string ! | Name.
          value string | Value.

        TCPSocketAction | A TCP connection.
          host string | Host to connect to; the pod without.
          port intstr ! | Number or name of the port.

        GRPCAction | A call of the gRPC health service.
          port int32 ! min(1) max(65535) | Port number.
          service string = | Service to ask about.

        ResourceRequirements | Resources a container asks for.
          claims [ResourceClaim] key(name) | Claims of the pod that are used.
          limits {quantity} | Most the container may use.
          requests {quantity} | What is set aside for it.

        ResourceClaim | A claim of the pod.
          name string ! | Name of the claim.
          request string | Part of the claim.

        SecurityContext | Privileges of a container.
          allowPrivilegeEscalation bool | Whether a process may gain privileges.
          appArmorProfile AppArmorProfile | AppArmor profile.
          capabilities Capabilities | Linux capabilities.
          privileged bool | Run with all privileges of the node.
          procMount string in(Default,Unmasked) | What of /proc is hidden.
          readOnlyRootFilesystem bool | The root file system cannot be written.
          runAsGroup int64 | Group of the processes.
          runAsNonRoot bool | Refuse to run as root.
          runAsUser int64 | User of the processes.
          seLinuxOptions SELinuxOptions | SELinux labels.
          seccompProfile SeccompProfile | Seccomp filter.
          windowsOptions WindowsSecurityContextOptions | Settings for Windows.

        Capabilities | Linux capabilities.
          add [string] atomic | Capabilities to add.
          drop [string] atomic | Capabilities to take away.

        SELinuxOptions | SELinux labels.
          level string | Level.
          role string | Role.
          type string | Type.
          user string | User.

        SeccompProfile | A seccomp filter.
          localhostProfile string | File on the node.
          type string ! in(Localhost,RuntimeDefault,Unconfined) | Which filter.

        AppArmorProfile | An AppArmor profile.
          localhostProfile string | Profile on the node.
          type string ! in(Localhost,RuntimeDefault,Unconfined) | Which profile.

        WindowsSecurityContextOptions | Settings for Windows.
          gmsaCredentialSpec string | Credential specification.
          gmsaCredentialSpecName string | Name of the specification.
          hostProcess bool | Run on the node itself.
          runAsUserName string | User of the processes.

        ContainerStatus | What is known of a container.
          allocatedResources {quantity} | Resources the node set aside.
          allocatedResourcesStatus [any] | State of devices.
          containerID string | Identity at the runtime.
          image string ! | Image that runs.
          imageID string ! | Identity of that image.
          lastState ContainerState ={} | How it ended last.
          name string ! | Name of the container.
          ready bool ! | Whether it takes requests.
          resources ResourceRequirements | Resources in effect.
          restartCount int32 ! | How often it was restarted.
          started bool | Whether the startup probe succeeded.
          state ContainerState ={} | What it does now.
          stopSignal string | Signal that asks it to end.
          user ContainerUser | User it runs as.
          volumeMounts [VolumeMountStatus] key(mountPath) | State of the mounts.

        ContainerUser | User a container runs as.
          linux any | User and groups on Linux.

        VolumeMountStatus | State of a mount.
          mountPath string ! | Where it is.
          name string ! | Volume.
          readOnly bool | Whether it cannot be written.
          recursiveReadOnly string | State of the mounts below.

        ContainerState | What a container does: one of three.
          running ContainerStateRunning | It runs.
          terminated ContainerStateTerminated | It ended.
          waiting ContainerStateWaiting | It is not started yet.

        ContainerStateRunning | A running container.
          startedAt time | When it started.

        ContainerStateWaiting | A container that is not started yet.
          message string | Details for people.
          reason string | One word why.

        ContainerStateTerminated | A container that ended.
          containerID string | Identity at the runtime.
          exitCode int32 ! | Exit code of the process.
          finishedAt time | When it ended.
          message string | Its last words.
          reason string | One word why.
          signal int32 | Signal that ended it.
          startedAt time | When it had started.
        """
}
