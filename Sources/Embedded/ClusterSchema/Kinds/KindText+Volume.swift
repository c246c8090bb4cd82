extension KindText {
    /// Volumes of pods: sources and mounts.
    static let volume = """
        group "" v1 io.k8s.api.core.v1

        VolumeMount | Where a volume appears in a container.
          mountPath string ! | Path inside the container.
          mountPropagation string in(None,HostToContainer,Bidirectional) | Whether later mounts are seen.
          name string ! | Volume of the pod.
          readOnly bool | Whether it cannot be written.
          recursiveReadOnly string in(Disabled,IfPossible,Enabled) | Whether mounts below cannot be written either.
          subPath string | Path within the volume.
          subPathExpr string | The same with $(NAME) replaced by variables.

        VolumeDevice | A block device in a container.
          devicePath string ! | Path of the device.
          name string ! | Claim of the pod.

        Volume | Files that containers of a pod may mount: a name and one source.
          awsElasticBlockStore any | Disk of a cloud; not served here.
          azureDisk any | Disk of a cloud; not served here.
          azureFile any | Share of a cloud; not served here.
          cephfs any | Ceph file system; not served here.
          cinder any | Disk of OpenStack; not served here.
          configMap ConfigMapVolumeSource | Keys of a ConfigMap as files.
          csi CSIVolumeSource | Volume of a storage driver.
          downwardAPI DownwardAPIVolumeSource | Fields of the pod as files.
          emptyDir EmptyDirVolumeSource | Empty directory that lives as long as the pod.
          ephemeral EphemeralVolumeSource | Claim that lives as long as the pod.
          fc any | Fibre Channel; not served here.
          flexVolume any | Volume of a plug-in; not served here.
          flocker any | Flocker; not served here.
          gcePersistentDisk any | Disk of a cloud; not served here.
          gitRepo any | Git repository; not served here.
          glusterfs any | Gluster; not served here.
          hostPath HostPathVolumeSource | Path of the node.
          image ImageVolumeSource | Files of an image.
          iscsi any | iSCSI; not served here.
          name string ! fmt(dns-label) | Name mounts refer to.
          nfs NFSVolumeSource | NFS share.
          persistentVolumeClaim PersistentVolumeClaimVolumeSource | Claim of the namespace.
          photonPersistentDisk any | Disk of a cloud; not served here.
          portworxVolume any | Portworx; not served here.
          projected ProjectedVolumeSource | Several sources in one directory.
          quobyte any | Quobyte; not served here.
          rbd any | Ceph block device; not served here.
          scaleIO any | ScaleIO; not served here.
          secret SecretVolumeSource | Keys of a Secret as files.
          storageos any | StorageOS; not served here.
          vsphereVolume any | vSphere; not served here.

        KeyToPath | A key and the file it becomes.
          key string ! | Key.
          mode int32 min(0) max(511) | Permission bits of the file.
          path string ! | Relative path of the file.

        ConfigMapVolumeSource | Keys of a ConfigMap as files.
          defaultMode int32 =420 min(0) max(511) | Permission bits of the files.
          items [KeyToPath] atomic | Only these keys.
          name string | Name of the ConfigMap.
          optional bool | The pod starts without it too.

        SecretVolumeSource | Keys of a Secret as files.
          defaultMode int32 =420 min(0) max(511) | Permission bits of the files.
          items [KeyToPath] atomic | Only these keys.
          optional bool | The pod starts without it too.
          secretName string | Name of the Secret.

        EmptyDirVolumeSource | Empty directory.
          medium string | Memory for a file system in memory.
          sizeLimit quantity | Most it may hold.

        HostPathVolumeSource | Path of the node.
          path string ! | Path.
          type string = | What must be there: Directory, DirectoryOrCreate, File, FileOrCreate, Socket ...

        NFSVolumeSource | NFS share.
          path string ! | Exported path.
          readOnly bool | Whether it cannot be written.
          server string ! | Server.

        ImageVolumeSource | Files of an image.
          pullPolicy string | When the image is pulled.
          reference string | Image.

        CSIVolumeSource | Volume of a storage driver.
          driver string ! | Name of the driver.
          fsType string | File system.
          nodePublishSecretRef LocalObjectReference | Secret for the driver.
          readOnly bool | Whether it cannot be written.
          volumeAttributes {string} | Settings for the driver.

        EphemeralVolumeSource | Claim that lives as long as the pod.
          volumeClaimTemplate PersistentVolumeClaimTemplate | The claim.

        PersistentVolumeClaimTemplate | Pattern of a claim.
          metadata ObjectMeta | Labels and annotations.
          spec PersistentVolumeClaimSpec ! | The claim.

        PersistentVolumeClaimVolumeSource | Claim of the namespace.
          claimName string ! | Name of the claim.
          readOnly bool | Whether it cannot be written.

        DownwardAPIVolumeSource | Fields of the pod as files.
          defaultMode int32 =420 min(0) max(511) | Permission bits of the files.
          items [DownwardAPIVolumeFile] atomic | The files.

        DownwardAPIVolumeFile | A field of the pod as a file.
          fieldRef ObjectFieldSelector | The field.
          mode int32 min(0) max(511) | Permission bits of the file.
          path string ! | Relative path of the file.
          resourceFieldRef ResourceFieldSelector | Resource of a container.

        ProjectedVolumeSource | Several sources in one directory.
          defaultMode int32 =420 min(0) max(511) | Permission bits of the files.
          sources [VolumeProjection] atomic | The sources.

        VolumeProjection | One source of a projected volume.
          clusterTrustBundle any | Certificates of a bundle.
          configMap ConfigMapProjection | Keys of a ConfigMap.
          downwardAPI DownwardAPIProjection | Fields of the pod.
          podCertificate any | Certificate of the pod.
          secret SecretProjection | Keys of a Secret.
          serviceAccountToken ServiceAccountTokenProjection | Token of the service account.

        ConfigMapProjection | Keys of a ConfigMap.
          items [KeyToPath] atomic | Only these keys.
          name string | Name of the ConfigMap.
          optional bool | The pod starts without it too.

        SecretProjection | Keys of a Secret.
          items [KeyToPath] atomic | Only these keys.
          name string | Name of the Secret.
          optional bool | The pod starts without it too.

        DownwardAPIProjection | Fields of the pod.
          items [DownwardAPIVolumeFile] atomic | The files.

        ServiceAccountTokenProjection | Token of the service account.
          audience string | Whom the token is for.
          expirationSeconds int64 =3600 min(600) | Seconds the token is valid.
          path string ! | Relative path of the file.
        """
}
