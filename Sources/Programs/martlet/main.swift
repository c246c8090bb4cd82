internal import ArgumentParser
internal import MartletCommands

MartletCommand.main()
