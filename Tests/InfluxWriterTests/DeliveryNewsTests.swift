import LineProtocol
import Testing

@testable import InfluxWriter

@Suite("Delivery: what batches bring")
struct DeliveryNewsTests {
    private func types(_ field: String) -> OfferedTypes {
        var types = OfferedTypes()
        types.add(Point(measurement: "m", fields: [Field(field, .integer(1))]))
        return types
    }

    @Test("it is remembered until it is asked for, of so many batches")
    func bounded() {
        var news = OfferedNews(writer: nil)
        let count = UInt64(3 * OfferedNews.batchesMax)

        for time in 1...count { news.note(types("f\(time)"), of: Sample.name(time)) }

        #expect(news.take(Sample.name(count)) == types("f\(count)"))
        #expect(news.take(Sample.name(count)) == nil)
        let left = (1...count).count { news.take(Sample.name($0)) != nil }
        #expect(left == OfferedNews.batchesMax - 1)
    }

    @Test("a few batches that bring very much are bounded too, the oldest forgotten first")
    func boundedOffers() {
        var news = OfferedNews(writer: nil)
        var many = OfferedTypes()
        for number in 0..<OfferedTypes.offersMax {
            many.add(Point(measurement: "m\(number)", fields: [Field("f", .integer(1))]))
        }
        let kept = UInt64(OfferedNews.offersMax / OfferedTypes.offersMax)

        for time in 1...(kept + 3) { news.note(many, of: Sample.name(time)) }
        // What is told anew counts once.
        news.note(many, of: Sample.name(kept + 3))

        #expect((1...(kept + 3)).filter { news.take(Sample.name($0)) != nil } == Array(4...(kept + 3)))
        for time in 1...kept { news.note(many, of: Sample.name(100 + time)) }
        #expect((1...kept).allSatisfy { news.take(Sample.name(100 + $0)) != nil })
    }

    @Test("batches of a writer that tells need not be read, but for their pieces")
    func told() {
        var news = OfferedNews(writer: 7)
        news.note(types("f"), of: Sample.name(1, writer: 8))

        #expect([7, 8, 9].map { news.isTold(Sample.name(2, writer: $0)) } == [true, true, false])
        #expect(!news.isTold(Sample.name(2, writer: 7, pieces: [(1, 1)])))
    }
}
