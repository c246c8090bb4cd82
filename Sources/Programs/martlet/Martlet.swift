import ArgumentParser
import MartletCommands

/// The CLI as a program.
@main
enum Martlet {
    static func main() async { await MartletCommand.main() }
}
