import ArgumentParser
import MartletCommands

await MartletCommand.main()
