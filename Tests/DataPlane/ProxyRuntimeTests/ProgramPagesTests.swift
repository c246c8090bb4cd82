#if canImport(Glibc)
import Testing

@testable import ProxyRuntime

struct ProgramPagesTests {
    private static let maps = """
        558c0b0e7000-558c0b39a000 r--p 00000000 fe:00 2884112 /usr/bin/martlet-proxy
        558c0b39a000-558c0d000000 r-xp 002b3000 fe:00 2884112 /usr/bin/martlet-proxy
        558c0d000000-558c0d100000 r-xp 01f19000 fe:00 2884112                    /usr/bin/martlet-proxy
        558c0d100000-558c0d200000 rwxp 02019000 fe:00 2884112 /usr/bin/martlet-proxy
        7f0000000000-7f0000100000 r-xp 00000000 fe:00 1001 /usr/lib/libc.so.6
        7f0000200000-7f0000300000 r-xp 00000000 00:00 0
        nonsense r-xp 00000000 fe:00 1001 /usr/bin/martlet-proxy
        7f0000500000-7f0000400000 r-xp 00000000 fe:00 1001 /usr/bin/martlet-proxy

        """

    @Test func onlyTheProgramsOwnCodeIsGivenBack() {
        let found = ProgramPages.codeRanges(maps: Self.maps, program: "/usr/bin/martlet-proxy")
        #expect(found == [0x558c_0b39_a000..<0x558c_0d00_0000, 0x558c_0d00_0000..<0x558c_0d10_0000])
        #expect(ProgramPages.codeRanges(maps: Self.maps, program: "/usr/bin/other").isEmpty)
        #expect(ProgramPages.codeRanges(maps: "", program: "/usr/bin/other").isEmpty)
    }

    @Test func aProcessFindsItsCodeAndRunsOnWithoutItsPages() {
        #expect(!ProgramPages.codeRanges().isEmpty)
        ProgramPages.giveBack()
        #expect([3, 1, 2].sorted() == [1, 2, 3])
    }
}
#endif
