import Glibc

/// One thing to be timed. `run` does it once over the whole input and says what it did.
struct Case {
    let name: String
    let what: String
    let run: () throws -> Work
}

/// What one run of a case did.
struct Work {
    var points = 0
    /// Of line protocol, before any compression.
    var bytes = 0
    /// Behind gzip; 0 without.
    var compressedBytes = 0
}

/// The figures of one case.
struct Figure {
    let name: String
    let what: String
    let work: Work
    /// Seconds of processor time a run, ascending.
    let processorSeconds: [Double]
    /// Seconds on the clock of the same runs, ascending.
    let elapsedSeconds: [Double]

    var bestSeconds: Double { processorSeconds[0] }
    var medianSeconds: Double { processorSeconds[processorSeconds.count / 2] }
    var medianElapsedSeconds: Double { elapsedSeconds[elapsedSeconds.count / 2] }
}

/// Runs a case once to warm up and then `repeats` times.
///
/// Processor time is what counts: the machine may be shared, and everything here runs on one thread.
func measure(_ example: Case, repeats: Int) throws -> Figure {
    var work = try example.run()
    var processor: [Double] = []
    var elapsed: [Double] = []
    for _ in 0..<repeats {
        let clockStart = ContinuousClock.now
        let start = clock()
        work = try example.run()
        // POSIX fixes the unit of `clock` at a microsecond.
        processor.append(Double(clock() - start) / 1_000_000)
        elapsed.append((ContinuousClock.now - clockStart) / .seconds(1))
    }
    return Figure(
        name: example.name, what: example.what, work: work, processorSeconds: processor.sorted(),
        elapsedSeconds: elapsed.sorted())
}
