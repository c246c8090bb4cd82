import NIOCore
import NIOEmbedded
import Testing

@testable import ProxyUpstream

@Suite struct TurnQueueTests {
    /// Who said what, in order.
    private final class Diary {
        var lines: [String] = []
    }

    private final class Member: TurnMember {
        let name: String
        let diary: Diary
        var then: (() -> Void)?

        init(_ name: String, _ diary: Diary, then: (() -> Void)? = nil) {
            self.name = name
            self.diary = diary
            self.then = then
        }

        func flushTurn() {
            diary.lines.append(name)
            then?()
        }
    }

    @Test func membersSpeakInARowWhenTheTurnIsOver() {
        let (loop, diary) = (EmbeddedEventLoop(), Diary())
        let queue = TurnQueue(eventLoop: loop)
        for name in ["a", "b", "c"] { queue.add(Member(name, diary)) }
        #expect(diary.lines.isEmpty)
        loop.run()
        #expect(diary.lines == ["a", "b", "c"])
        // Each was told once.
        loop.run()
        #expect(diary.lines == ["a", "b", "c"])
    }

    @Test func aFullQueueDoesNotWait() {
        let (loop, diary) = (EmbeddedEventLoop(), Diary())
        let queue = TurnQueue(eventLoop: loop)
        let names = (0..<TurnQueue.capacity).map { "\($0)" }
        for name in names.dropLast() { queue.add(Member(name, diary)) }
        #expect(diary.lines.isEmpty)
        queue.add(Member(names[names.count - 1], diary))
        #expect(diary.lines == names)
        queue.add(Member("next", diary))
        #expect(diary.lines == names)
        loop.run()
        #expect(diary.lines == names + ["next"])
    }

    @Test func aMemberMayAddItselfWhileTheOthersSpeak() {
        let (loop, diary) = (EmbeddedEventLoop(), Diary())
        let queue = TurnQueue(eventLoop: loop)
        let again = Member("again", diary)
        again.then = { [unowned again] in
            again.then = nil
            queue.add(again)
        }
        queue.add(again)
        for _ in 1..<TurnQueue.capacity { queue.add(Member("other", diary)) }
        #expect(diary.lines == ["again"] + Array(repeating: "other", count: TurnQueue.capacity - 1))
        loop.run()
        #expect(diary.lines.last == "again")
        #expect(diary.lines.count == TurnQueue.capacity + 1)
    }
}
