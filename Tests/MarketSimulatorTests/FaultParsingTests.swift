import MarketSimulator
import Testing

@Suite("The text of a fault")
struct FaultParsingTests {
    @Test(
        "what can be written means what the table says",
        arguments: [
            ("401", Fault(.status(401))), ("429", Fault(.status(429))),
            ("429:30", Fault(.status(429, retryAfter: .seconds(30)))),
            ("429:2m", Fault(.status(429, retryAfter: .seconds(120)))),
            ("429:0", Fault(.status(429, retryAfter: .seconds(0)))),
            ("429:date", Fault(.status(429, retryAfter: .date))),
            ("503:30s", Fault(.status(503, retryAfter: .seconds(30)))),
            ("503:date", Fault(.status(503, retryAfter: .date))), ("500", Fault(.status(500))),
            ("503:3", Fault(.status(503), count: 3)), ("503x3", Fault(.status(503), count: 3)),
            ("html", Fault(.html(status: 502))), ("html:200", Fault(.html(status: 200))),
            ("error200", Fault(.errorUnder200(code: 503))), ("error200:401", Fault(.errorUnder200(code: 401))),
            ("empty", Fault(.empty)), ("cut", Fault(.cut)), ("truncated", Fault(.truncated)),
            ("slow:2s", Fault(.slow(.seconds(2)))), ("slow:150ms", Fault(.slow(.milliseconds(150)))),
            ("drop", Fault(.drop)),
            ("skew:120s", Fault(.skew(.seconds(120)))), ("skew:-2m", Fault(.skew(.seconds(-120)))),
            ("skew:+1h", Fault(.skew(.seconds(3_600)))), ("coins/list=500", Fault(.status(500), endpoint: .coinsList)),
            ("/coins/list=drop", Fault(.drop, endpoint: .coinsList)), ("*=drop", Fault(.drop)),
            (
                "coins/single/history=429:5x2@3",
                Fault(.status(429, retryAfter: .seconds(5)), endpoint: .coinsSingleHistory, first: 3, count: 2)
            ),
            ("slow:1sx2", Fault(.slow(.seconds(1)), count: 2)), ("drop@2", Fault(.drop, first: 2)),
        ])
    func parsing(text: String, fault: Fault) throws {
        #expect(try Fault(text) == fault)
    }

    @Test(
        "anything else is an error that says what is allowed",
        arguments: [
            ("", "nothing is given"), ("coins/list=", "nothing is given"),
            ("coins/lst=500", #"there is no endpoint "coins/lst"; give one of status, credits"#),
            ("oops", #"there is no fault "oops""#), ("200", #"there is no fault "200""#), ("399", "no fault"),
            ("600", "no fault"), ("+500", "no fault"), ("429:soon", #""soon" after 429: give seconds to wait"#),
            ("503:often", "or how many times"), ("503:0", "no whole number from 1"), ("429:-1s", "seconds to wait"),
            ("slow", "slow needs a time such as 2s"), ("slow:2", #""2" after slow: give a time"#),
            ("slow:0s", "a time above zero"), ("slow:-1s", "a time above zero"), ("skew:", "give a time"),
            ("skew:1d", "give a time"), ("slow:99999999999999999999s", "give a time"), ("drop:1", "give nothing"),
            ("cut:half", "give nothing"), ("html:999", "a status from 200 to 599"),
            ("error200:200", "a status from 400 to 599"), ("500x0", #""x0" is no whole number from 1"#),
            ("500x", "no whole number"), ("500@0", "no whole number"), ("500@x2", "no whole number"),
            ("503:3x2", "two counts"), ("500x-1", "no whole number"),
        ])
    func refusal(text: String, part: String) throws {
        let error = try #require(throws: FaultError.self) { try Fault(text) }

        #expect(error.description.hasPrefix("fault \"\(text)\": "))
        #expect(error.description.contains(part))
    }

    @Test("every example of the help can be read")
    func help() throws {
        let examples = try #require(Fault.help.split(separator: "\n").last).dropFirst("examples:".count)

        for example in examples.split(separator: " ") { _ = try Fault(String(example)) }
        for endpoint in Endpoint.allCases { #expect(Fault.help.contains(endpoint.name)) }
    }
}
