import CoinlineFiles
import Foundation
import Testing

/// Does everything on a thread of its own.
private actor Worker {
    private let thread: FileThread
    private var numbers: [Int] = []

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ thread: FileThread) {
        self.thread = thread
    }

    func add(_ number: Int) -> UInt64 {
        numbers.append(number)
        return Self.currentThread
    }

    var all: [Int] { numbers }

    /// Comes back to its own thread after it was elsewhere.
    func roundTrip(_ other: Worker) async -> [UInt64] {
        let before = Self.currentThread
        _ = await other.add(0)
        return [before, Self.currentThread]
    }

    /// Holds the thread until another one says that it may go on.
    func block(until semaphore: DispatchSemaphore) {
        semaphore.wait()
    }

    var threadName: String {
        (try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8))?.trimmingCharacters(in: .newlines)
            ?? ""
    }

    private static var currentThread: UInt64 { UInt64(pthread_self()) }
}

@Suite("FileThread", .timeLimit(.minutes(8)))
struct FileThreadTests {
    /// Threads of this process with one of these names.
    private func threads(ofNames names: Set<String>) -> Int {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")) ?? []
        return tasks.count { task in
            let name = try? String(contentsOfFile: "/proc/self/task/\(task)/comm", encoding: .utf8)
            return name.map { names.contains($0.trimmingCharacters(in: .newlines)) } ?? false
        }
    }

    @Test("everything an actor does is done on its thread, one after another, from wherever it is called")
    func oneThread() async throws {
        let worker = Worker(try FileThread(name: "work"))

        let threads = await withTaskGroup(of: [UInt64].self) { group in
            for task in 0..<8 {
                group.addTask {
                    var seen: [UInt64] = []
                    for number in 0..<200 { seen.append(await worker.add(task * 1_000 + number)) }
                    return seen
                }
            }
            return await group.reduce(into: Set<UInt64>()) { $0.formUnion($1) }
        }

        #expect(threads.count == 1)
        let numbers = await worker.all
        #expect(Set(numbers).count == 1_600)
        // Of one caller in its order.
        #expect(numbers.filter { $0 / 1_000 == 3 } == (3_000..<3_200).map { $0 })
    }

    @Test("an actor comes back to its thread, and two have two")
    func twoThreads() async throws {
        let first = Worker(try FileThread(name: "first"))
        let second = Worker(try FileThread(name: "second"))

        let seen = await first.roundTrip(second)

        #expect(Set(seen).count == 1)
        #expect(await second.add(1) != seen[0])
    }

    @Test("a blocked one holds up nobody else")
    func blocking() async throws {
        let worker = Worker(try FileThread(name: "blocked"))
        let semaphore = DispatchSemaphore(value: 0)

        async let blocked: Void = worker.block(until: semaphore)
        async let waiting = worker.add(1)
        let other = Worker(try FileThread(name: "free"))
        for number in 0..<100 { _ = await other.add(number) }
        semaphore.signal()
        _ = await (blocked, waiting)

        #expect(await worker.all == [1])
    }

    @Test("the thread has the name, cut to what the system keeps, and ends with the last reference")
    func ending() async throws {
        let name = "t\(UInt32.random(in: 0 ... .max))"
        do {
            let long = Worker(try FileThread(name: "\(name)-of-the-outbox"))
            #expect(await long.threadName == String("\(name)-of-the-outbox".prefix(15)))
        }
        var worker: Worker? = Worker(try FileThread(name: name))
        #expect(await worker?.threadName == name)
        #expect(threads(ofNames: [name]) == 1)

        worker = nil

        // The time limit ends this should the thread not.
        while threads(ofNames: [name]) > 0 { await Task.yield() }
        #expect(threads(ofNames: [name]) == 0)
    }

    @Test("one that was never used ends too, and many come and go")
    func many() async throws {
        let names = Set((0..<100).map { "many-\($0)" })
        for (number, name) in names.enumerated() {
            let thread = try FileThread(name: name)
            if number % 2 == 0 { _ = await Worker(thread).add(number) }
        }
        // The time limit ends this should one of them not end.
        while threads(ofNames: names) > 0 { await Task.yield() }
        #expect(threads(ofNames: names) == 0)
    }
}
