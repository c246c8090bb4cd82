import CustomDump
import KubernetesAPI
import Testing

@testable import PodRuntime

/// The course of a pod's life, told as events; each step says what is to be done.
@Suite struct PodStateTests {
    static let start = Timestamp(seconds: 1_000_000)

    static func pod(
        inits: [JSONValue] = [],
        containers: [JSONValue] = [["name": "a", "image": "i"]],
        policy: String = "Always",
        status: JSONValue? = nil
    ) -> KubernetesObject {
        var pod = KubernetesObject(.pods, ObjectName(namespace: "default", name: "p"))
        pod.uid = "u"
        pod["spec"] = [
            "restartPolicy": .string(policy), "initContainers": .array(inits), "containers": .array(containers),
        ]
        pod["status"] = status
        return pod
    }

    static func state(_ pod: KubernetesObject) -> PodState {
        PodState(plan: PodPlan(pod), rules: .init(), status: pod["status"], at: start)
    }

    /// What matters of actions: events of the API and reminders are left out.
    static func deeds(_ actions: [PodAction]) -> [PodAction] {
        actions.filter { action in
            switch action {
            case .event, .remind: false
            default: true
            }
        }
    }

    static func play(_ state: inout PodState, _ events: [PodEvent], at seconds: Int64 = 0) -> [PodAction] {
        events.flatMap { state.apply($0, at: Timestamp(seconds: start.seconds + seconds)) }
    }

    static func runs(_ name: String, _ attempt: Int = 1) -> [PodEvent] {
        [.launched(container: name, attempt: attempt), .started(container: name, attempt: attempt)]
    }

    static func exits(_ name: String, _ code: Int32, _ attempt: Int = 1) -> PodEvent {
        .exited(container: name, attempt: attempt, code: code, signal: 0, isOutOfMemory: false, message: "")
    }

    static func status(_ state: PodState) -> JSONValue {
        PodStatusDocument(plan: state.plan, state: state, hostAddress: "1.1.1.1", now: start, previous: nil, spec: nil)
            .json
    }

    @Test func initContainersRunInOrderBeforeTheContainers() {
        var state = Self.state(Self.pod(inits: [["name": "one"], ["name": "two"]]))
        expectNoDifference(Self.deeds(state.begin(at: Self.start)), [.prepare])
        let first = Self.play(&state, [.prepared(address: "10.0.0.1")])
        expectNoDifference(first, [.launch(container: "one", attempt: 1)])
        #expect(Self.status(state)["phase"] == "Pending")
        let second = Self.play(&state, Self.runs("one") + [Self.exits("one", 0)])
        expectNoDifference(second, [.launch(container: "two", attempt: 1)])
        let third = Self.play(&state, Self.runs("two") + [Self.exits("two", 0)])
        expectNoDifference(third, [.launch(container: "a", attempt: 1)])
        _ = Self.play(&state, Self.runs("a"))
        let status = Self.status(state)
        #expect(status["phase"] == "Running")
        #expect(status["podIP"] == "10.0.0.1")
        #expect(status["conditions"]?.array?.allSatisfy { $0["status"] == "True" } == true)
    }

    @Test func failedInitContainerIsTriedAgainWithBackOffOrFailsThePod() {
        var always = Self.state(Self.pod(inits: [["name": "one"]]))
        _ = always.begin(at: Self.start)
        _ = Self.play(&always, [.prepared(address: "")])
        let again = Self.play(&always, Self.runs("one") + [Self.exits("one", 1)])
        expectNoDifference(Self.deeds(again), [.launch(container: "one", attempt: 2)])
        let later = Self.play(&always, Self.runs("one", 2) + [Self.exits("one", 1, 2)])
        #expect(later.contains(.remind(.launchAgain(container: "one"), seconds: 10)))

        var never = Self.state(Self.pod(inits: [["name": "one"]], policy: "Never"))
        _ = never.begin(at: Self.start)
        _ = Self.play(&never, [.prepared(address: "")])
        let end = Self.play(&never, Self.runs("one") + [Self.exits("one", 1)])
        expectNoDifference(Self.deeds(end), [.release])
        #expect(Self.status(never)["phase"] == "Failed")
    }

    @Test func crashLoopDoublesItsBackOffToTheMaximum() {
        var state = Self.state(Self.pod())
        _ = state.begin(at: Self.start)
        _ = Self.play(&state, [.prepared(address: "")])
        var delays: [Double] = []
        for attempt in 1...8 {
            let actions = Self.play(&state, Self.runs("a", attempt) + [Self.exits("a", 1, attempt)])
            for case .remind(.launchAgain, let seconds) in actions { delays.append(seconds) }
            if attempt > 1 {
                let status = Self.status(state)["containerStatuses"]?.array?.first
                #expect(status?[path: ["state", "waiting", "reason"]] == "CrashLoopBackOff")
                #expect(status?[path: ["lastState", "terminated", "exitCode"]] == 1)
            }
            _ = Self.play(&state, [.timer(.launchAgain(container: "a"))])
        }
        #expect(delays == [10, 20, 40, 80, 160, 300, 300])
        #expect(state["a"].restartCount == 7)
    }

    @Test(arguments: [
        ("Never", Int32(0), "Succeeded"), ("Never", 3, "Failed"), ("OnFailure", 0, "Succeeded"),
        ("OnFailure", 3, "Running"),
    ])
    func restartPolicyDecidesHowThePodEnds(_ policy: String, _ code: Int32, _ phase: String) {
        var state = Self.state(Self.pod(policy: policy))
        _ = state.begin(at: Self.start)
        let actions = Self.play(&state, [.prepared(address: "")] + Self.runs("a") + [Self.exits("a", code)])
        #expect(Self.status(state)["phase"]?.string == phase)
        #expect(actions.contains(.release) == (phase != "Running"))
    }

    @Test func sidecarGatesOnItsStartupProbeAndEndsLast() {
        let proxy: JSONValue = [
            "name": "proxy", "restartPolicy": "Always", "startupProbe": ["tcpSocket": ["port": 1]],
        ]
        var state = Self.state(Self.pod(inits: [proxy, ["name": "one"]], policy: "Never"))
        _ = state.begin(at: Self.start)
        let up = Self.play(&state, [.prepared(address: "")] + Self.runs("proxy"))
        expectNoDifference(Self.deeds(up), [.launch(container: "proxy", attempt: 1)])
        let passed = Self.play(&state, [.probed(container: "proxy", attempt: 1, .startup, .passed)])
        expectNoDifference(passed, [.launch(container: "one", attempt: 1)])
        let main = Self.play(&state, Self.runs("one") + [Self.exits("one", 0)])
        expectNoDifference(main, [.launch(container: "a", attempt: 1)])
        let over = Self.play(&state, Self.runs("a") + [Self.exits("a", 0)])
        expectNoDifference(Self.deeds(over), [.stop(container: "proxy", attempt: 1, grace: 30)])
        #expect(Self.deeds(Self.play(&state, [Self.exits("proxy", 0)])) == [.release])
        #expect(Self.status(state)["phase"] == "Succeeded")
    }

    @Test func nextContainerWaitsForThePostStartHookOfTheOneBefore() {
        let proxy: JSONValue = ["name": "istio-proxy", "lifecycle": ["postStart": ["exec": ["command": ["wait"]]]]]
        var state = Self.state(Self.pod(containers: [proxy, ["name": "a"]]))
        _ = state.begin(at: Self.start)
        let first = Self.play(&state, [.prepared(address: ""), .launched(container: "istio-proxy", attempt: 1)])
        expectNoDifference(first, [.launch(container: "istio-proxy", attempt: 1)])
        let second = Self.play(&state, [.started(container: "istio-proxy", attempt: 1)])
        expectNoDifference(second, [.launch(container: "a", attempt: 1)])
    }

    @Test func deletionStopsAllThenKillsThenRemoves() {
        var state = Self.state(Self.pod(containers: [["name": "a"], ["name": "istio-proxy"]]))
        _ = state.begin(at: Self.start)
        _ = Self.play(&state, [.prepared(address: "")] + Self.runs("a") + Self.runs("istio-proxy"))
        let stopping = Self.play(&state, [.deleted(gracePeriod: 5)])
        expectNoDifference(
            Self.deeds(stopping),
            [.stop(container: "a", attempt: 1, grace: 5), .stop(container: "istio-proxy", attempt: 1, grace: 5)]
        )
        #expect(stopping.contains(.remind(.graceOver, seconds: 5)))
        #expect(Self.deeds(Self.play(&state, [Self.exits("a", 0)])) == [])
        let killing = Self.play(&state, [.timer(.graceOver)])
        expectNoDifference(killing, [.kill(container: "istio-proxy", attempt: 1)])
        let end = Self.play(
            &state,
            [.exited(container: "istio-proxy", attempt: 1, code: 0, signal: 9, isOutOfMemory: false, message: "")]
        )
        expectNoDifference(end, [.release, .remove])
        #expect(state["istio-proxy"].termination?.exitCode == 137)
    }

    @Test func deletionWhileAContainerIsBeingLaunchedLeavesNoProcess() {
        var state = Self.state(Self.pod())
        _ = state.begin(at: Self.start)
        _ = Self.play(&state, [.prepared(address: "")])
        #expect(Self.deeds(Self.play(&state, [.deleted(gracePeriod: 0)])) == [])
        let launched = Self.play(&state, [.launched(container: "a", attempt: 1)])
        #expect(Self.deeds(launched) == [.kill(container: "a", attempt: 1)])
        #expect(Self.deeds(Self.play(&state, [Self.exits("a", 0)])) == [.release, .remove])
    }

    @Test func failedLivenessRestartsTheContainerAndReadinessOnlyMarksIt() {
        let container: JSONValue = [
            "name": "a", "livenessProbe": ["exec": ["command": ["x"]]], "readinessProbe": ["exec": ["command": ["x"]]],
        ]
        var state = Self.state(Self.pod(containers: [container]))
        _ = state.begin(at: Self.start)
        _ = Self.play(&state, [.prepared(address: "")] + Self.runs("a"))
        #expect(!state["a"].isReady)
        _ = Self.play(&state, [.probed(container: "a", attempt: 1, .readiness, .passed)])
        #expect(state["a"].isReady)
        _ = Self.play(&state, [.probed(container: "a", attempt: 1, .readiness, .failed(message: ""))])
        #expect(!state["a"].isReady)
        let actions = Self.play(&state, [.probed(container: "a", attempt: 1, .liveness, .failed(message: ""))])
        expectNoDifference(Self.deeds(actions), [.stop(container: "a", attempt: 1, grace: 30)])
        #expect(Self.deeds(Self.play(&state, [Self.exits("a", 0)])) == [.launch(container: "a", attempt: 2)])
    }

    @Test func unknownImageWaitsAndSaysHowToRemedy() {
        var state = Self.state(Self.pod())
        _ = state.begin(at: Self.start)
        _ = Self.play(&state, [.prepared(address: "")])
        let refusal = { (attempt: Int) in
            PodEvent.notLaunched(container: "a", attempt: attempt, reason: "ErrImagePull", message: "m", isFinal: false)
        }
        _ = Self.play(&state, [refusal(1)])
        #expect(state["a"].waitingReason == "ErrImagePull")
        _ = Self.play(&state, [.timer(.launchAgain(container: "a")), refusal(2)])
        #expect(state["a"].waitingReason == "ImagePullBackOff")
        #expect(state["a"].waitingMessage == "m")
        #expect(Self.status(state)["phase"] == "Pending")
    }

    @Test func newRuntimeStartsWhatRanAndLeavesWhatEnded() {
        let status: JSONValue = [
            "containerStatuses": [
                ["name": "a", "restartCount": 2, "state": ["running": ["startedAt": "2026-01-01T00:00:00Z"]]],
                ["name": "b", "restartCount": 0, "state": ["terminated": ["exitCode": 0, "reason": "Completed"]]],
            ]
        ]
        let containers: [JSONValue] = [["name": "a"], ["name": "b"]]
        var state = Self.state(Self.pod(containers: containers, policy: "OnFailure", status: status))
        _ = state.begin(at: Self.start)
        let actions = Self.play(&state, [.prepared(address: "")] + Self.runs("a"))
        expectNoDifference(Self.deeds(actions), [.launch(container: "a", attempt: 1)])
        #expect(state["a"].restartCount == 3)
        #expect(state["b"].activity == .finished)
    }

    @Test func deadlineFailsThePod() {
        var pod = Self.pod(policy: "Never")
        pod["spec", "activeDeadlineSeconds"] = 7
        var state = Self.state(pod)
        #expect(state.begin(at: Self.start).contains(.remind(.activeDeadline, seconds: 7)))
        _ = Self.play(&state, [.prepared(address: "")] + Self.runs("a"))
        let actions = Self.play(&state, [.timer(.activeDeadline)])
        #expect(Self.deeds(actions) == [.stop(container: "a", attempt: 1, grace: 30)])
        _ = Self.play(&state, [Self.exits("a", 0)])
        #expect(Self.status(state)["phase"] == "Failed")
        #expect(Self.status(state)["reason"] == "DeadlineExceeded")
    }
}
