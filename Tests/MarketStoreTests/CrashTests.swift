import Foundation
import InfluxWriter
import LineProtocol
import TestKit
import Testing

@testable import MarketStore

@Suite("Killed while writing")
struct CrashTests {
    private static let pointsPerDelivery = 200

    private static func delivery(_ number: Int) throws -> BatchFile {
        let lines = (0..<pointsPerDelivery).map { "m,c=\($0),round\(number % 9)=1 x=\($0),n=\(number)i \(number)\n" }
        return try batch(bytes: Array(lines.joined().utf8), lines: pointsPerDelivery)
    }

    @Test("after kill -9 everything acknowledged is there, of the rest whole deliveries or nothing", arguments: 1...3)
    func killed(after acknowledged: Int) async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("coinline.sqlite")
        let log = folder.file("acknowledged")

        await #expect(processExitsWith: .signal(SIGKILL)) {
            [path = path as String, log = log as String, acknowledged = acknowledged as Int] in
            let store = try openStore(path)
            for number in 0... {
                // Killed by another thread somewhere inside the delivery that follows the ones to be seen.
                if number == acknowledged * 7 { Thread.detachNewThread { kill(getpid(), SIGKILL) } }
                guard await store.deliver([try CrashTests.delivery(number)], to: testBucket) == .acknowledged else {
                    exit(1)
                }
                try Data("\(number)".utf8).write(to: URL(fileURLWithPath: log), options: .atomic)
            }
        }

        let last = try #require(Int(String(contentsOfFile: log, encoding: .utf8)))
        #expect(last >= acknowledged * 7 - 1)
        // A reader first: it finds the log of the dead process.
        let points = try StoreReader(path: path).points(of: "m")
        let byDelivery = Dictionary(grouping: points) { $0.time }
        #expect(byDelivery.values.allSatisfy { $0.count == Self.pointsPerDelivery })
        #expect(byDelivery.count == last + 1 || byDelivery.count == last + 2)
        let store = try openStore(path)
        #expect(await store.deliver([try Self.delivery(last + 5)], to: testBucket) == .acknowledged)
        #expect(try rows(path, "PRAGMA integrity_check") == [["ok"]])
    }
}
