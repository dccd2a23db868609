import Foundation
import TestKit

/// The conservation law, looked at from outside: what the processes said, what the destination holds, what lies on disk.
struct Law {
    let run: String
    /// As `ChaosPoints.poison`.
    let poison: Int
    /// Lines that no server can read, by their numbers.
    let unreadable: [Int: String]

    struct Outcome {
        var problems: [String] = []
        var stored = 0
        var letters = 0
    }

    func check(_ ledger: Ledger, _ backend: Backend, _ data: DataFolder) async throws -> Outcome {
        var outcome = Outcome()
        var stored: [Int: Int] = [:]
        for bucket in Backend.buckets {
            for point in try await backend.points(in: bucket) {
                outcome.stored += 1
                if let problem = problem(of: point, in: bucket, ledger, &stored) { outcome.problems.append(problem) }
            }
        }
        var letters: [Int: [String]] = [:]
        for letter in try data.letters() {
            for line in letter.lines {
                outcome.letters += 1
                let text = String(decoding: line, as: UTF8.self)
                guard let number = Expected.number(of: line), let offer = ledger.offered[number],
                    offer.bucket == letter.bucket
                else {
                    outcome.problems.append("\(letter.name) holds a line that nobody offered: \(text)")
                    continue
                }
                letters[number, default: []].append(letter.name)
                let expected = self.line(number, offer.precision)
                if text != expected {
                    outcome.problems.append("\(letter.name) holds \(text), and what was offered is \(expected)")
                }
                if letter.reason.isEmpty { outcome.problems.append("\(letter.name) has no reason") }
                if !isPoison(number) {
                    outcome.problems.append("\(number) is sound and a dead letter, \(letter.name): \(letter.reason)")
                }
            }
        }
        for number in ledger.offered.keys.sorted() {
            let places = (stored[number] ?? 0) + (letters[number]?.count ?? 0)
            let isAccepted = ledger.accepted.contains(number)
            // What waits still is told below.
            if places == 0 && isAccepted && data.pending.isEmpty {
                outcome.problems.append("\(number) was accepted and is lost")
            }
            if places > 1 {
                outcome.problems.append(
                    "\(number) is in \(places) places: stored \(stored[number] ?? 0), letters \(letters[number] ?? [])")
            }
        }
        for (bucket, name) in data.pending.prefix(20) { outcome.problems.append("still pending: \(bucket)/\(name)") }
        for path in data.temporaries { outcome.problems.append("a temporary file stayed: \(path)") }
        return outcome
    }

    private func isPoison(_ number: Int) -> Bool {
        hasClash(number) || unreadable[number] != nil
    }

    private func hasClash(_ number: Int) -> Bool {
        poison > 0 && number % poison == poison - 1
    }

    /// As it was offered, to the last byte.
    private func line(_ number: Int, _ precision: String) -> String {
        unreadable[number] ?? Expected.line(number, run: run, precision, hasClash: hasClash(number))
    }

    private func problem(
        of point: FakeInfluxDB2.StoredPoint, in bucket: String, _ ledger: Ledger, _ stored: inout [Int: Int]
    ) -> String? {
        guard point.measurement == "chaos", point.tags["run"] == run, case .integer(let n) = point.fields["n"],
            let offer = ledger.offered[Int(n)]
        else { return "nobody offered what \(bucket) holds: \(point)" }
        stored[Int(n), default: 0] += 1
        guard offer.bucket == bucket else { return "\(n) was for \(offer.bucket) and is in \(bucket)" }
        let expected = Expected.point(Int(n), run: run, offer.precision)
        return point == expected ? nil : "\(n) is there with other values: \(point)"
    }
}
