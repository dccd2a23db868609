import Foundation
import TestKit
import Testing

/// Feeds one reader with inputs made from a seed: pieces, examples, and examples with damage.
///
/// Ordinarily a fixed number of rounds of fixed seeds. With `COINLINE_FUZZ_SECONDS` each target runs that long from
/// `COINLINE_TEST_SEED`, or from a seed that is drawn and printed. Every round depends on nothing but the seed and its own
/// number, so that `COINLINE_TEST_SEED=… COINLINE_FUZZ_ROUND=…` does it again alone.
struct Fuzz {
    let target: String
    /// Whole inputs, from which others are made by damage.
    let examples: [[UInt8]]
    /// What means something to the reader.
    let words: [[UInt8]]
    var bytesMax = 4_096

    private static let environment = ProcessInfo.processInfo.environment
    private static let seconds = environment["COINLINE_FUZZ_SECONDS"].flatMap { Double($0) }
    private static let onlyRound = environment["COINLINE_FUZZ_ROUND"].flatMap { Int($0) }
    private static let seed = environment["COINLINE_TEST_SEED"].flatMap { UInt64($0) }

    /// What the check says about an input: nil when all is well.
    typealias Check = (_ input: [UInt8], _ random: inout SeededGenerator) throws -> String?

    /// - Parameter rounds: of each seed, where no time is given.
    /// - Returns: how many inputs were tried.
    @discardableResult
    func run(rounds: Int, _ check: Check) -> Int {
        guard let seconds = Self.seconds else {
            let seeds: [UInt64] = Self.seed.map { [$0] } ?? [1, 2, 3]
            var count = 0
            for seed in seeds { count += run(seed: seed, while: { $0 < rounds }, check) }
            return count
        }
        let seed = Self.seed ?? .random(in: 0..<1 << 48)
        let deadline = ContinuousClock.now + .seconds(seconds)
        let count = run(seed: seed, while: { _ in ContinuousClock.now < deadline }, check)
        print("fuzz \(target): \(count) inputs in \(seconds) s, seed \(seed)")
        return count
    }

    private func run(seed: UInt64, while isGoingOn: (Int) -> Bool, _ check: Check) -> Int {
        if let round = Self.onlyRound {
            _ = isFine(seed, round, check)
            return 1
        }
        let journal = FuzzJournal(target: target, seed: seed)
        var round = 0
        while isGoingOn(round) {
            journal?.note(round)
            guard isFine(seed, round, check) else { break }
            round += 1
        }
        return round
    }

    private func isFine(_ seed: UInt64, _ round: Int, _ check: Check) -> Bool {
        var random = SeededGenerator(seed: seed &+ UInt64(round) &* 0xD134_2543_DE82_EF95)
        let input = input(using: &random)
        let complaint: String?
        do {
            complaint = try check(input, &random)
        } catch {
            complaint = "\(error)"
        }
        guard let complaint else { return true }
        Issue.record(
            """
            \(target): \(complaint)
            COINLINE_TEST_SEED=\(seed) COINLINE_FUZZ_ROUND=\(round) does it again; the input in Base64: \
            \(Data(input).base64EncodedString())
            """)
        return false
    }

    private func input(using random: inout SeededGenerator) -> [UInt8] {
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return (0..<Int.random(in: 0...40, using: &random)).map { _ in random.byte() }
        case 1:
            let count = Int.random(in: 1...16, using: &random)
            return (0..<count).flatMap { _ in words.randomElement(using: &random) ?? [] }
        default:
            var input = examples.randomElement(using: &random) ?? []
            for _ in 0..<Int.random(in: 0...6, using: &random) { damage(&input, using: &random) }
            return Array(input.prefix(bytesMax))
        }
    }

    private func damage(_ input: inout [UInt8], using random: inout SeededGenerator) {
        let place = Int.random(in: 0...input.count, using: &random)
        let length = Int.random(in: 0...min(8, input.count - place), using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0 where place < input.count: input[place] = random.byte()
        case 1 where place < input.count: input[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: input.removeSubrange(place..<place + length)
        case 3: input.removeSubrange(place...)
        case 4: input.insert(contentsOf: input[place..<place + length], at: place)
        case 5:
            let other = examples.randomElement(using: &random) ?? []
            input.replaceSubrange(place..., with: other.suffix(Int.random(in: 0...other.count, using: &random)))
        default: input.insert(contentsOf: words.randomElement(using: &random) ?? [], at: place)
        }
    }
}

extension SeededGenerator {
    mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: next()) }
}

/// The round that is being tried, in the folder `COINLINE_FUZZ_JOURNAL`: what is left of a run that a trap has ended.
private final class FuzzJournal {
    private let file: FileHandle
    private let head: String

    /// Nil where no folder is given.
    init?(target: String, seed: UInt64) {
        guard let folder = ProcessInfo.processInfo.environment["COINLINE_FUZZ_JOURNAL"] else { return nil }
        let path = "\(folder)/\(target.filter(\.isLetter))"
        guard FileManager.default.createFile(atPath: path, contents: nil), let file = FileHandle(forWritingAtPath: path)
        else { return nil }
        self.file = file
        head = "\(target): COINLINE_TEST_SEED=\(seed) COINLINE_FUZZ_ROUND="
    }

    func note(_ round: Int) {
        let text = "\(head)\(round)\n"
        _ = text.utf8.withContiguousStorageIfAvailable { pwrite(file.fileDescriptor, $0.baseAddress, $0.count, 0) }
    }
}
