import CoinlineBase
import Foundation
import HTTPServer
import TestKit
import Testing

@Suite("What tests stand on", .timeLimit(.minutes(2)))
struct TestKitTests {
    @Test("manual time wakes sleepers in order, when it is moved and not before")
    func manualTime() async throws {
        let manual = ManualTiming()
        let timing = manual.timing
        let order = Record<Int>()
        let done = Counter()
        for number in [3, 1, 2] {
            Task {
                try await timing.sleep(.seconds(number))
                order.append(number)
                done.add()
            }
        }
        await manual.untilSleeping(3)
        let start = timing.now()

        manual.advance(by: .milliseconds(999))
        #expect(manual.sleeperCount == 3)
        for number in 1...3 {
            manual.advance(by: number == 1 ? .milliseconds(1) : .seconds(1))
            await done.reached(number)
        }

        #expect(order.values == [1, 2, 3])
        #expect(start.duration(to: timing.now()) == .seconds(3))
        #expect(timing.uptime() == .seconds(3))
        manual.jump(by: .seconds(-10))
        #expect(start.duration(to: timing.now()) == .seconds(-7))
        #expect(timing.uptime() == .seconds(3))
    }

    @Test("a sleeper in manual time can be cancelled")
    func cancelledSleeper() async throws {
        let manual = ManualTiming()
        let timing = manual.timing
        let task = Task { try await timing.sleep(.seconds(1)) }
        await manual.untilSleeping()

        task.cancel()

        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(manual.sleeperCount == 0)
    }

    @Test("waiting for a count ends with its task, and leaves the others waiting")
    func cancelledCount() async {
        let counter = Counter()
        let patient = Task { await counter.reached(2) }
        let cancelled = Task { await counter.reached(1_000) }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            await counter.reached(1_000)
        }
        counter.add()

        cancelled.cancel()
        await cancelled.value
        await late.value
        #expect(counter.value == 1)

        counter.add()
        await patient.value
        #expect(counter.value == 2)
    }

    @Test("no more than the turns that there are are taken at once, and everybody has one, also after a failure")
    func turns() async throws {
        let turns = Turns(2)
        let (inside, counts) = (Counter(), Record<Int>())
        await withTaskGroup { group in
            for number in 0..<20 {
                group.addTask {
                    try? await turns.take {
                        inside.add()
                        counts.append(inside.value)
                        for _ in 0..<10 { await Task.yield() }
                        inside.add(-1)
                        if number % 5 == 0 { throw TestKitError("one that fails") }
                    }
                }
            }
        }

        #expect(counts.values.count == 20)
        #expect(counts.values.max() == 2)
    }

    @Test("tests on threads of their own may block, more of them than the machine has threads for tasks", .onOwnThreads)
    func ownThreads() async throws {
        let count = ProcessInfo.processInfo.activeProcessorCount + 2
        let signals = (0...count).map { _ in DispatchSemaphore(value: 0) }
        let outcomes = await withTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    // Each waits for the next one.
                    let outcome = Self.wait(for: signals[number + 1])
                    signals[number].signal()
                    return outcome
                }
            }
            signals[count].signal()
            return await group.reduce(into: []) { $0.append($1) }
        }

        #expect(outcomes == [DispatchTimeoutResult](repeating: .success, count: count))
    }

    private static func wait(for semaphore: DispatchSemaphore) -> DispatchTimeoutResult {
        semaphore.wait(timeout: .now() + 60)
    }

    @Test("advancing time passes by itself")
    func advancingTime() async throws {
        let manual = ManualTiming(isAdvancing: true)
        let timing = manual.timing

        for _ in 0..<3 { try await timing.sleep(.seconds(60)) }

        #expect(timing.uptime() == .seconds(180))
        #expect(manual.waits == [.seconds(60), .seconds(60), .seconds(60)])
    }

    @Test("a program gets arguments, environment, folder and input, and its end is told")
    func program() async throws {
        let folder = try TemporaryFolder()
        var run = ProgramRun("/bin/sh", ["-c", "cat; pwd >&2; echo \"$ONE|$2|$HOME\" >&2; exit 7", "sh", "a", "b c"])
        run.environment["ONE"] = "1 2"
        run.folder = folder.path
        run.input = Array("in\0put".utf8)

        let result = try await run.result()

        #expect(result.exitCode == 7)
        #expect(result.output == Array("in\0put".utf8))
        #expect(result.errorText == "\(folder.path)\n1 2|b c|\n")
        #expect(result.isTimedOut == false)
    }

    @Test("a program gets none of the files that are open here")
    func descriptors() async throws {
        let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        // A number that the shell does not use itself.
        let inheritable = fcntl(file, F_DUPFD, 200)
        defer { close(inheritable) }
        try #require(inheritable >= 200)

        let line = "for fd in 0 1 2 \(inheritable); do test -e /proc/$$/fd/$fd && echo $fd; done; true"
        let result = try await ProgramRun("/bin/sh", ["-c", line]).result()

        #expect(result.outputText == "0\n1\n2\n")
    }

    @Test("a program that takes too long is killed, and one that is asked to stop can")
    func killed() async throws {
        var run = ProgramRun("/bin/sleep", ["100"])
        run.deadline = .milliseconds(50)
        let result = try await run.result()
        #expect(result.isTimedOut)
        #expect(result.signal == SIGKILL)
        #expect(result.exitCode == nil)

        let stopped = try await run.start().stop()
        #expect(stopped.signal == SIGTERM)
        #expect(stopped.isTimedOut == false)
    }

    @Test("with its session all that a program started is gone when its result is there", arguments: [true, false])
    func session(isTooSlow: Bool) async throws {
        // Jobs of such a shell have process groups of their own, as the children of a build have.
        let line = "set -m; (sleep 1000 & sleep 1001) & echo $!; \(isTooSlow ? "wait" : "exit 3")"
        var run = ProgramRun("/bin/bash", ["-c", line])
        run.endsSession = true
        let running = try await run.start()
        while !running.outputSoFar.hasSuffix("\n"), running.isRunning {
            try await Task.sleep(for: .milliseconds(5))
        }
        let result = await running.result(deadline: isTooSlow ? .milliseconds(300) : .seconds(60))
        let child = try #require(Int32(result.outputText.trimmingCharacters(in: .whitespacesAndNewlines)))
        let status = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""

        #expect(result.isTimedOut == isTooSlow)
        #expect(isTooSlow ? result.signal == SIGKILL : result.exitCode == 3)
        // Dead, and perhaps not yet asked after by the machine's first process.
        #expect(kill(child, 0) != 0 || status.contains(") Z "), "\(status)")
    }

    @Test("a program that is not there is an error")
    func missingProgram() async throws {
        await #expect(throws: TestKitError.self) { try await ProgramRun("/no/such/program").result() }
    }

    @Test("a program ends with the last reference to it")
    func letGo() async throws {
        var running: RunningProgram? = try await ProgramRun("/bin/sleep", ["100"]).start()
        let pid = try #require(running?.pid)
        #expect(kill(pid, 0) == 0)

        running = nil

        // The number is gone once the thread that waited for it has taken note, of which nothing tells.
        let deadline = ContinuousClock.now + .seconds(90)
        while kill(pid, 0) == 0, .now < deadline { try await Task.sleep(for: .milliseconds(10)) }
        #expect(kill(pid, 0) != 0)
    }

    @Test("folders go with their last reference")
    func folders() async throws {
        let path = try await withTemporaryFolder { path in
            #expect(FileManager.default.fileExists(atPath: path))
            return path
        }

        #expect(FileManager.default.fileExists(atPath: path) == false)
    }

    @Test("recorded facts are found beside the package", .requiresSharedFacts)
    func facts() throws {
        #expect(try SharedFacts.names(in: "recorded").isEmpty == false)
        #expect(throws: TestKitError.self) { try SharedFacts.file("no-such-file") }
    }

    @Test("the package's folder is found")
    func packageFolder() throws {
        let folder = try #require(PackageFolder.path)

        #expect(FileManager.default.fileExists(atPath: folder + "/Tests/servers.sh"))
    }

    @Test("InfluxDB 1 takes points and gives them back", .requiresTestServers)
    func influxDB1() async throws {
        let server = try await InfluxDB1.start()
        try await server.createDatabase("d b")

        let written = try await server.write("m,t=a f=1.5,i=2i,s=\"x\" 1000\nm,t=b f=2 2000", database: "d b")
        #expect(written.status == 204)
        let refused = try await server.write("m f=\"text\" 3000", database: "d b")
        #expect(refused.status == 400)
        let series = try await server.series("SELECT * FROM m GROUP BY t", database: "d b")

        #expect(series.map(\.tags) == [["t": "a"], ["t": "b"]])
        #expect(series.flatMap { $0.texts("f") } == ["1.5", "2"])
        #expect(series[0].texts("time") == ["1000"])
        #expect(series[0].texts("s") == ["\"x\""])
        await #expect(throws: TestKitError.self) { try await server.query("SELECT nonsense") }
        await server.stop()
        #expect(server.process.program.isRunning == false)
    }

    @Test("InfluxDB 1 can ask for a user", .requiresTestServers)
    func influxDB1WithUser() async throws {
        let server = try await InfluxDB1.start(isAuthenticated: true)
        try await server.createDatabase("d")

        #expect(try await server.write("m f=1 1000", database: "d").status == 401)
        await #expect(throws: TestKitError.self) { try await server.query("SHOW DATABASES") }
        _ = try await server.query("SHOW DATABASES", user: "admin", password: "secret")
        await server.stop()
    }

    @Test("VictoriaMetrics takes points and gives them back", .requiresTestServers)
    func victoriaMetrics() async throws {
        let server = try await VictoriaMetrics.start()
        var request = RawRequest("POST", "\(server.url)/api/v2/write?precision=ms")
        request.body = Array("m,t=a f=1.5,g=2 1700000000000".utf8)

        #expect(try await request.send().status == 204)
        let series = try await server.export().sorted { $0.name < $1.name }

        #expect(series.map(\.name) == ["m_f", "m_g"])
        #expect(series.map(\.values) == [[1.5], [2]])
        #expect(series.map(\.timesMs) == [[1_700_000_000_000], [1_700_000_000_000]])
        #expect(series[0].labels["t"] == "a")
        await server.stop()
    }

    @Test("Prometheus starts, and its tool judges metrics", .requiresTestServers)
    func prometheus() async throws {
        let server = try await Prometheus.start(targets: [])
        await server.stop()

        let good = try await Prometheus.check(
            metrics: Array("# HELP a_total A.\n# TYPE a_total counter\na_total 1\n".utf8))
        let bad = try await Prometheus.check(metrics: Array("a{ 1\n".utf8))

        #expect(good.exitCode == 0)
        #expect(bad.exitCode != 0)
    }
}
