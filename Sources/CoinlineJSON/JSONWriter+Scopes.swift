// Objects and arrays that end where their closure ends, so that none can be left open.
extension JSONWriter {
    /// A document that is one object.
    public static func object(_ members: (inout JSONWriter) -> Void) -> JSONWriter {
        var out = JSONWriter()
        out.object(members)
        return out
    }

    /// An object, as the value of a key or as an element.
    public mutating func object(_ members: (inout JSONWriter) -> Void) {
        beginObject()
        members(&self)
        endObject()
    }

    /// A member that is an object.
    public mutating func object(_ key: String, _ members: (inout JSONWriter) -> Void) {
        self.key(key)
        object(members)
    }

    /// A member that is an array of objects, one for each element.
    public mutating func objects<Element>(
        _ key: String, _ elements: [Element], _ members: (inout JSONWriter, Element) -> Void
    ) {
        self.key(key)
        beginArray()
        for element in elements { object { members(&$0, element) } }
        endArray()
    }

    /// A member that is an array of texts.
    public mutating func member(_ key: String, _ texts: [String]) {
        self.key(key)
        beginArray()
        for text in texts { value(text) }
        endArray()
    }

    /// A member that is null where there is nothing to say.
    public mutating func member(_ key: String, optional text: String?) {
        self.key(key)
        if let text { value(text) } else { null() }
    }

    /// A member that is null where there is no number.
    public mutating func member(_ key: String, optional number: Int64?) {
        self.key(key)
        if let number { value(number) } else { null() }
    }

    /// A member that is null where there is no number.
    public mutating func member(_ key: String, optional number: Int?) {
        member(key, optional: number.map { Int64($0) })
    }
}
