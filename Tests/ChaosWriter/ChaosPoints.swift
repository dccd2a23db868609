import LineProtocol

/// The points of a run: every one has a number, and the number says all that is in it.
///
/// Whoever reads them back knows the rule by himself, so that an error in it cannot hide one in the writer.
struct ChaosPoints {
    /// 5 January 2026, a Monday: the beginning of a week, so that all of them lie in one shard.
    static let startSeconds: Int64 = 1_767_571_200

    /// Texts that look like something else wherever they are cut.
    static let texts = [
        "two\nlines", "a \"quoted\" word", "back\\slash\\", "\nchaos,run=invented,lane=0 n=1i 1767571200000\n",
        "unable to parse 'chaos,run=x n=': missing field value", "ends in a quote\"", "a,b c=d", "\"", "\n\n",
        "partial write: field type conflict: input field \"clash\" dropped=7",
    ]

    let run: String
    /// Every so many there is a point whose field the destination knows in another type; 0 for none.
    let poison: Int

    func point(_ number: Int, _ precision: Precision) -> Point {
        var fields = [Field("n", .integer(Int64(number))), Field("v", .float(Double(number) / 4 + 0.5))]
        if number % 7 == 3 { fields.append(Field("text", .string(Self.texts[number % Self.texts.count]))) }
        if poison > 0, number % poison == poison - 1 { fields.append(Field("clash", .integer(1))) }
        let time = Self.startSeconds * (1_000_000_000 / precision.nanosecondsPerUnit) + Int64(number)
        return Point(
            measurement: "chaos",
            tags: [Tag("run", run), Tag("unit", precision.rawValue), Tag("lane", "\(number % 3)")],
            fields: fields, time: Timestamp(time, precision: precision))
    }
}
