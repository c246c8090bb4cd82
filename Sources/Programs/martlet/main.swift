internal import ArgumentParser
internal import MartletCommands

await MartletCommand.main()
