import LineProtocol

// The parts of a line, their separators and their order.
extension LineCase {
    static let shapes: [LineCase] = [
        .read(.shape, "measurement and field", "m v=1", point()),
        .read(
            .shape, "all parts", #"m,a=1,b=x\ y f=1.5,i=-1i,u=1u,t=t,s="h i" 1602841605822791506"#,
            Point(
                measurement: "m", tags: [Tag("a", "1"), Tag("b", "x y")],
                fields: [
                    Field("f", .float(1.5)), Field("i", .integer(-1)), Field("u", .unsigned(1)),
                    Field("t", .boolean(true)), Field("s", .string("h i")),
                ], time: Timestamp(nanoseconds: 1_602_841_605_822_791_506))),
        .read(.shape, "no time", "m,t=a v=1", point(tags: [Tag("t", "a")])),
        .read(.shape, "spaces before", "   m v=1 5", point(time: 5), text: "m v=1 5"),
        .read(.shape, "several spaces between", "m  v=1   5", point(time: 5), text: "m v=1 5"),
        .read(.shape, "spaces behind", "m v=1 5  ", point(time: 5), text: "m v=1 5"),
        .read(.shape, "spaces behind a line without a time", "m v=1  ", point(), text: "m v=1"),
        .read(.shape, "newline at the end", "m v=1\n", point(), text: "m v=1"),
        .read(.shape, "CR LF at the end", "m v=1 5\r\n", point(time: 5), text: "m v=1 5"),
        .read(.shape, "CR and the end of the input", "m v=1 5\r", point(time: 5), text: "m v=1 5"),
        .bad(.shape, "CR inside", "m v=1 5\rx", 8, .textAfterPoint(text: "\rx")),
        .bad(.shape, "CR behind the fields", "m v=1\rx", 6, .textAfterPoint(text: "\rx")),
        .bad(.shape, "CR inside a comment", "  # a\rb", 6, .controlByteInComment(0x0D)),
        .bad(.shape, "no fields on a line that ends", "m \n", 3, .fieldKeyMissing(found: 0x0A)),
        .bad(.shape, "CR at the start", "\rm v=1", 1, .measurementMissing(found: 0x0D)),
        .bad(.shape, "measurement alone", "m", 2, .tagOrFieldMissing(found: nil)),
        .bad(.shape, "measurement alone on a line", "m\n", 2, .tagOrFieldMissing(found: 0x0A)),
        .bad(.shape, "no fields", "m,t=a", 6, .tagOrFieldMissing(found: nil)),
        .bad(.shape, "no fields behind the space", "m ", 3, .fieldKeyMissing(found: nil)),
        .bad(.shape, "comma and nothing", "m,", 3, .tagOrFieldMissing(found: nil)),
        .bad(.shape, "space behind a comma of tags", "m, t=a v=1", 3, .tagOrFieldMissing(found: 0x20)),
        .bad(.shape, "comma behind the tags", "m,t=a, v=1", 7, .tagOrFieldMissing(found: 0x20)),
        .bad(.shape, "two commas between tags", "m,t=a,,u=1 v=1", 7, .tagOrFieldMissing(found: 0x2C)),
        .bad(.shape, "two commas between fields", "m v=1,,w=2", 7, .fieldKeyMissing(found: 0x2C)),
        .bad(.shape, "comma before the fields", "m ,v=1", 3, .fieldKeyMissing(found: 0x2C)),
        .bad(.shape, "comma behind the fields", "m v=1,", 7, .fieldKeyMissing(found: nil)),
        .bad(.shape, "space behind a comma of fields", "m v=1, w=2", 7, .fieldKeyMissing(found: 0x20)),
        .bad(.shape, "tab between measurement and fields", "m\tv=1", 2, .tagOrFieldMissing(found: 9)),
        .bad(.shape, "tab between fields and time", "m v=1\t1", 5, .badFloat(fieldKey: "v", text: "1\t1")),
        .bad(.shape, "tab behind the time", "m v=1 1\t", 7, .badTimestamp(text: "1\t")),
        .bad(.shape, "text behind the time", "m v=1 1 x", 9, .textAfterPoint(text: "x")),
        .bad(.shape, "a comment behind the time", "m v=1 1 # x", 9, .textAfterPoint(text: "# x")),
        .bad(.shape, "control byte in a comment", "# a\tb", 4, .controlByteInComment(9)),
        .unwritable(.shape, "a point without a field", Point(measurement: "m"), .noFields, .point),
    ]

    static let orders: [LineCase] = [
        .read(
            .order, "tags in another order are sorted", "m,b=2,a=1 v=1",
            point(tags: [Tag("b", "2"), Tag("a", "1")]), text: "m,a=1,b=2 v=1"),
        .written(
            .order, "tags are sorted by bytes",
            point(tags: [Tag("é", "1"), Tag("a!", "1"), Tag("Z", "1"), Tag("a", "1")]),
            "m,Z=1,a=1,a!=1,é=1 v=1"),
        .written(
            .order, "tags are sorted before they are escaped",
            point(tags: [Tag("a-", "1"), Tag("a b", "1"), Tag("a", "1")]), #"m,a=1,a\ b=1,a-=1 v=1"#),
        .written(
            .order, "fields keep their order",
            Point(measurement: "m", fields: [Field("b", .integer(1)), Field("a", .integer(2))]), "m b=1i,a=2i"),
        .readOnly(
            .order, "a tag twice", "m,t=a,t=b v=1", point(tags: [Tag("t", "a"), Tag("t", "b")]), .duplicate, .tagKey),
        .readOnly(
            .order, "a tag twice with one value", "m,t=a,t=a v=1", point(tags: [Tag("t", "a"), Tag("t", "a")]),
            .duplicate, .tagKey),
        .readOnly(
            .order, "a field twice", "m v=1,v=2",
            Point(measurement: "m", fields: [Field("v", .float(1)), Field("v", .float(2))]), .duplicate, .fieldKey),
        .written(
            .order, "tag and field of one name", point(tags: [Tag("v", "a")]), "m,v=a v=1"),
        .written(
            .order, "one text to Unicode in two forms are two names",
            point(tags: [Tag("e\u{301}", "1"), Tag("\u{E9}", "2")]), "m,e\u{301}=1,\u{E9}=2 v=1"),
        .written(
            .order, "names that differ in case are two",
            Point(measurement: "m", fields: [Field("V", .integer(1)), Field("v", .integer(2))]), "m V=1i,v=2i"),
        .unwritable(
            .order, "two fields that one replacement makes equal",
            Point(measurement: "m", fields: [Field("a\u{0}", .integer(1)), Field("a\u{1}", .integer(2))]), .duplicate,
            .fieldKey
        ).with(policy: .replace),
    ]
}
