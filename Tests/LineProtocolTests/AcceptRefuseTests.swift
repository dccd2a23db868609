import LineProtocol
import Testing

@Suite("What is accepted and what is refused, case by case")
struct AcceptRefuseTests {
    @Test("every part of a line has its cases, each with a name of its own")
    func counts() {
        let all = LineCase.all
        let refused = all.filter { $0.input == nil ? isRefused($0.writing) : !$0.faults.isEmpty }
        print("LineProtocol accept and refuse cases: \(all.count), \(refused.count) of them refused")
        #expect(all.count >= 150)
        let names = Dictionary(grouping: all, by: \.testDescription)
        #expect(names.filter { $1.count > 1 }.keys.sorted() == [])
        for rule in Rule.allCases {
            #expect(all.contains { $0.rule == rule }, "\(rule.rawValue)")
        }
    }

    @Test("the parser reads exactly these points and finds exactly these faults", arguments: LineCase.all)
    func reading(one: LineCase) throws {
        guard let input = one.input else { return }

        let (lines, errors) = parseAll(input, precision: one.precision)

        #expect(errors.map { LineCase.Fault($0.column, $0.reason, line: $0.line) } == one.faults)
        try #require(lines.count == one.points.count)
        for (line, point) in zip(lines, one.points) {
            #expect(isSame(line.point, point), "\(line.point)")
        }
    }

    @Test("the encoder writes exactly this text or gives exactly this reason", arguments: LineCase.all)
    func writing(one: LineCase) throws {
        var encoder = LineEncoder(precision: one.precision, dialect: one.dialect, text: one.policy)
        switch one.writing {
        case .nothing:
            #expect(one.points.isEmpty)
        case .text(let text):
            for point in one.points { try encoder.append(point) }
            #expect(encoder.copyBytes() == Array(text.utf8), "\(String(decoding: encoder.copyBytes(), as: UTF8.self))")
        case .refused(let reason, let position):
            for point in one.points {
                let error = #expect(throws: LineEncodingError.self) { try encoder.append(point) }
                #expect(error?.reason == reason && error?.position == position, "\(error.debugDescription)")
            }
            #expect(encoder.byteCount == 0)
        }
    }

    @Test("what was written is read back as the same points", arguments: LineCase.all)
    func back(one: LineCase) throws {
        guard case .text(let text) = one.writing, one.policy == .refuse else { return }

        let (lines, errors) = parseAll(text, precision: one.precision)

        #expect(errors.isEmpty)
        try #require(lines.count == one.points.count)
        for (line, point) in zip(lines, one.points) {
            #expect(isSame(line.point, asWritten(point, one.precision)), "\(line.point)")
        }
    }

    private func isRefused(_ writing: LineCase.Writing) -> Bool {
        if case .refused = writing { true } else { false }
    }
}
