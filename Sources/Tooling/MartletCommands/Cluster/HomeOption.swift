import ArgumentParser
import EmbeddedCluster

/// `--home`, shared by the commands about the cluster on this machine.
struct HomeOption: ParsableArguments {
    @Option(help: "The directory that the cluster lives in; ~/.martlet by default, or MARTLET_HOME.")
    var home: String?

    var directory: ClusterHome { ClusterHome(home) }

    /// `--home "$UNSET"` must not make a cluster of the working directory.
    func validate() throws {
        if home == "" { throw ValidationError("--home is empty; leave it out for ~/.martlet, or name a directory") }
    }
}
