import Foundation
import LineProtocol
import MarketData
import Testing

/// What LCW-Fetch wrote, from its code: its users' queries rely on each name and type.
private let original: [String: (tags: [String], floats: Set<String>, integers: Set<String>)] = [
    "cryptocurrency_data": (
        ["code", "currency", "name"],
        [
            "rate", "volume", "market_cap", "liquidity", "circulating_supply", "delta_1h", "delta_24h", "delta_7d",
            "delta_30d",
        ],
        ["rank"]
    ),
    "exchange_data": (
        ["code", "currency", "name"], ["volume", "volume_per_visitor"], ["record_count", "visitors", "rank"]
    ),
    "market_overview": (
        ["currency"], ["total_market_cap", "total_volume", "total_liquidity", "btc_dominance"], ["record_count"]
    ),
]

/// What Coinline adds.
private let added: [String: (floats: Set<String>, integers: Set<String>)] = [
    "cryptocurrency_data": (
        ["delta_90d", "delta_1y", "total_supply", "max_supply", "all_time_high_usd"],
        ["age_days", "exchanges", "markets", "pairs"]
    ),
    "exchange_data": (["bid_total", "ask_total", "depth"], ["markets"]),
    "market_overview": ([], []),
    "api_usage": ([], ["requests_made", "requests_remaining", "requests_limit"]),
]

@Suite("The schema")
struct SchemaTests {
    @Test("LCW-Fetch's measurements keep their tags, field names and types", arguments: original.keys.sorted())
    func originalIsKept(name: String) throws {
        let expected = try #require(original[name])

        let schema = try #require(Schema.measurement(name))

        #expect(schema.tags.map(\.name) == expected.tags)
        #expect(names(schema, .float, .original) == expected.floats)
        #expect(names(schema, .integer, .original) == expected.integers)
    }

    @Test("added fields are the declared ones", arguments: added.keys.sorted())
    func addedFields(name: String) throws {
        let expected = try #require(added[name])

        let schema = try #require(Schema.measurement(name))

        #expect(names(schema, .float, .added) == expected.floats)
        #expect(names(schema, .integer, .added) == expected.integers)
    }

    @Test("names are sorted, unique and none that a server keeps to itself", arguments: Schema.measurements)
    func namesAreGood(schema: MeasurementSchema) {
        let names = schema.fields.map(\.name)
        let tags = schema.tags.map(\.name)

        #expect(names == names.sorted() && tags == tags.sorted())
        #expect(Set(names + tags).count == names.count + tags.count)
        for name in names + tags + [schema.name] {
            #expect(!name.hasPrefix("_") && name != "time", "\(name)")
            #expect(
                name.utf8.allSatisfy {
                    ("a"..."z").contains(Character(Unicode.Scalar($0))) || $0 == 0x5F
                        || (0x30...0x39).contains($0)
                }, "\(name)")
        }
    }

    @Test("a measurement that is not ours has no schema")
    func unknownMeasurement() {
        #expect(Schema.measurement("coins") == nil)
        #expect(Schema.apiUsage.field("nothing") == nil && Schema.apiUsage.tag("code") == nil)
    }

    @Test("the Markdown has a row for every tag and field")
    func markdownRows() {
        let markdown = Schema.markdown()

        for schema in Schema.measurements {
            #expect(markdown.contains("## `\(schema.name)`\n"))
            for tag in schema.tags { #expect(markdown.contains("| `\(tag.name)` | \(tag.meaning) |\n")) }
            for field in schema.fields {
                #expect(markdown.contains("| `\(field.name)` | \(field.type.name) | \(field.unit) | "))
            }
        }
        #expect(markdown.hasSuffix("|\n") && !markdown.contains("||"))
    }

    @Test("docs/schema.md is what the schema says")
    func documentation() throws {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
            .deletingLastPathComponent()
            .deletingLastPathComponent()

        let text = try String(contentsOf: root.appending(path: "docs/schema.md"), encoding: .utf8)

        #expect(text == Schema.markdown())
    }

    private func names(_ schema: MeasurementSchema, _ type: FieldType, _ origin: FieldOrigin) -> Set<String> {
        Set(schema.fields.filter { $0.type == type && $0.origin == origin }.map(\.name))
    }

    @Test("what is shown first of a coin are tags and fields of its measurement")
    func glance() {
        let coin = Schema.cryptocurrencyData
        let names = Set(coin.tags.map(\.name) + coin.fields.map(\.name))

        #expect(Set(Schema.coinGlance).isSubset(of: names))
    }
}
