import CoinlineJSON
import LineProtocol

// From an object to a point. Nothing is guessed: a member that is not known, that stands twice, or a second type of one
// value is an error, since whoever wrote it meant something by it.
extension PointJSON {
    /// `tags` and `time` may be left out.
    static func point(_ root: JSONCursor, precision: Precision) throws(PointJSONError) -> Point {
        var measurement: String?
        var fieldsObject: JSONCursor?
        var point = Point(measurement: "")
        for (name, value) in try members(of: root) {
            switch name {
            case Name.measurement: measurement = try read(value) { (value) throws(JSONError) in try value.string() }
            case Name.tags: point.tags = try tags(value)
            case Name.fields:
                fieldsObject = value
                point.fields = try fields(value)
            case Name.time: point.time = try time(value, precision)
            default: throw PointJSONError(value, "no member of a point has this name")
            }
        }
        guard let measurement else { throw PointJSONError(root.error(.missingMember(Name.measurement))) }
        guard let fieldsObject else { throw PointJSONError(root.error(.missingMember(Name.fields))) }
        guard !point.fields.isEmpty else { throw PointJSONError(fieldsObject, "a point has at least one field") }
        point.measurement = measurement
        return point
    }

    private static func tags(_ object: JSONCursor) throws(PointJSONError) -> [Tag] {
        var tags: [Tag] = []
        for (name, value) in try members(of: object) {
            tags.append(Tag(name, try read(value) { (value) throws(JSONError) in try value.string() }))
        }
        return tags
    }

    private static func fields(_ object: JSONCursor) throws(PointJSONError) -> [Field] {
        var fields: [Field] = []
        for (name, value) in try members(of: object) { fields.append(Field(name, try self.value(value))) }
        return fields
    }

    private static func value(_ typed: JSONCursor) throws(PointJSONError) -> FieldValue {
        let members = try members(of: typed)
        guard let (type, value) = members.first else {
            throw PointJSONError(typed, "expected one of float, integer, unsigned, boolean and string")
        }
        if members.count > 1 { throw PointJSONError(members[1].value, "a second type of one value") }
        let found = try read(value) { (value) throws(JSONError) -> FieldValue? in
            switch type {
            case Name.float: .float(try value.double())
            case Name.integer: .integer(try value.int64())
            case Name.unsigned: .unsigned(try unsigned(value))
            case Name.boolean: .boolean(try value.boolean())
            case Name.string: .string(try value.string())
            default: nil
            }
        }
        guard let found else {
            throw PointJSONError(value, "no type of a value: expected float, integer, unsigned, boolean or string")
        }
        return found
    }

    /// Digits that `Int64` does not hold, too.
    private static func unsigned(_ value: JSONCursor) throws(JSONError) -> UInt64 {
        if let number = UInt64(try value.numberText()) { return number }
        let tooGreat = value.error(.outOfRange(of: "UInt64"))
        do throws(JSONError) {
            guard let number = UInt64(exactly: try value.int64()) else { throw tooGreat }
            return number
        } catch {
            if case .outOfRange = error.reason { throw tooGreat }
            throw error
        }
    }

    private static func time(_ value: JSONCursor, _ precision: Precision) throws(PointJSONError) -> Timestamp? {
        if value.isNull { return nil }
        let number = try read(value) { (value) throws(JSONError) in try value.int64() }
        guard let time = Timestamp(number, precision: precision) else {
            throw PointJSONError(value, "\(number) is out of range in \(precision.rawValue)")
        }
        return time
    }

    private static func read<Value>(
        _ cursor: JSONCursor, _ body: (JSONCursor) throws(JSONError) -> Value
    ) throws(PointJSONError) -> Value {
        do throws(JSONError) { return try body(cursor) } catch { throw PointJSONError(error) }
    }

    /// All members, each name once.
    private static func members(
        of object: JSONCursor
    ) throws(PointJSONError) -> [(name: String, value: JSONCursor)] {
        let members = try read(object) { (object) throws(JSONError) in try object.members() }
        let names = MemberNames(object.rawBytes)
        guard names.starts.count != members.count else { return members }
        // The members are those that stand first; the first name that is not next among them is a second one.
        var expected = 0
        for (start, name) in zip(names.starts, try names.texts()) {
            if expected < members.count, members[expected].name.utf8.elementsEqual(name.utf8) {
                expected += 1
            } else {
                let path = object.path
                throw PointJSONError(
                    byte: start, text: (path.isEmpty ? "" : "\(path): ") + "the name stands twice in one object")
            }
        }
        return members
    }
}

// MARK: - Places

extension PointJSON {
    /// The byte of the name or value that cannot be written.
    static func byte(of error: LineEncodingError, in root: JSONCursor) -> Int {
        let start = root.rawBytes.startIndex
        let found =
            switch error.position {
            case .measurement: value(Name.measurement, in: root)
            case .time: value(Name.time, in: root)
            case .tagKey: name(error.name, in: Name.tags, of: root)
            case .fieldKey: name(error.name, in: Name.fields, of: root)
            case .tagValue: member(Name.tags, of: root).flatMap { value(error.name, in: $0) }
            case .fieldValue: member(Name.fields, of: root).flatMap { value(error.name, in: $0) }
            case .series, .point: start
            }
        return found ?? start
    }

    private static func member(_ name: String, of object: JSONCursor) -> JSONCursor? {
        // It was read as an object before.
        (try? object.member(name)) ?? nil
    }

    private static func value(_ name: String, in object: JSONCursor) -> Int? {
        member(name, of: object)?.rawBytes.startIndex
    }

    private static func name(_ name: String, in object: String, of root: JSONCursor) -> Int? {
        guard let object = member(object, of: root), let members = try? object.members() else { return nil }
        let index = members.firstIndex { $0.name.utf8.elementsEqual(name.utf8) }
        return index.map { MemberNames(object.rawBytes).starts[$0] }
    }
}

/// Where the names of an object's members stand, those that stand twice among them. The object was checked.
private struct MemberNames {
    private let bytes: ArraySlice<UInt8>
    /// The opening quotes.
    private(set) var starts: [Int] = []

    init(_ object: ArraySlice<UInt8>) {
        bytes = object
        var depth = 0
        var isName = false
        var position = object.startIndex
        while position < object.endIndex {
            switch object[position] {
            case UInt8(ascii: "\""):
                if depth == 1, isName { starts.append(position) }
                isName = false
                position = end(ofString: position)
                continue
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                isName = depth == 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ","): isName = depth == 1
            default: break
            }
            position += 1
        }
    }

    private func end(ofString start: Int) -> Int {
        var position = start + 1
        while bytes[position] != UInt8(ascii: "\"") { position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1 }
        return position + 1
    }

    /// The names with their escapes resolved.
    func texts() throws(PointJSONError) -> [String] {
        var texts: [String] = []
        for start in starts {
            do throws(JSONError) {
                texts.append(try JSONCursor(Array(bytes[start..<end(ofString: start)])).string())
            } catch { throw PointJSONError(byte: start, text: error.text) }
        }
        return texts
    }
}
