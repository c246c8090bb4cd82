import ArgumentParser
import EmbeddedCluster

/// `--home`, shared by the commands about the cluster on this machine.
struct HomeOption: ParsableArguments {
    @Option(help: "The directory that the cluster lives in; ~/.martlet by default, or MARTLET_HOME.")
    var home: String?

    var directory: ClusterHome { ClusterHome(home) }
}
