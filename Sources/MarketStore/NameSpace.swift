import CoinlineBase

/// The names of tables, or of the columns of one table, that are taken. SQLite does not tell `A` from `a`, and only
/// ASCII is folded.
struct NameSpace {
    private static let reserved = ["time", "_meta", "_columns"]

    private var taken: Set<ExactName>

    /// For the columns of a table.
    init() {
        taken = Set(Self.reserved.map(ExactName.init))
    }

    /// For tables and indexes. In the statement that merges a row into another, `excluded` is the row that comes; SQLite
    /// would take it for a table of that name, and nothing would ever change in that.
    static func ofTables() -> NameSpace {
        var names = NameSpace()
        names.take("excluded")
        return names
    }

    /// Takes a name that stands in the file already.
    mutating func take(_ name: String) {
        taken.insert(Self.folded(name))
    }

    /// Takes the name itself or, where it is taken or reserved, the first free one of `name~2`, `name~3`, …
    ///
    /// SQLite keeps every name that begins with `sqlite_` to itself, whatever follows; such a name gets `~` before it.
    mutating func claim(_ name: String) -> String {
        let wanted = Self.folded(name).text.utf8.starts(with: "sqlite_".utf8) ? "~" + name : name
        var candidate = wanted
        var number = 2
        while !taken.insert(Self.folded(candidate)).inserted {
            candidate = "\(wanted)~\(number)"
            number += 1
        }
        return candidate
    }

    private static func folded(_ name: String) -> ExactName {
        let isCapital = { (byte: UInt8) in (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }
        guard name.utf8.contains(where: isCapital) else { return ExactName(name) }
        return ExactName(String(decoding: name.utf8.map { isCapital($0) ? $0 | 0x20 : $0 }, as: UTF8.self))
    }
}
