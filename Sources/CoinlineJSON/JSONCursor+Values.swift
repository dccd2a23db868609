extension JSONCursor {
    public func string() throws(JSONError) -> String {
        try expect(.string)
        return JSONText.decode(document.bytes, (range.lowerBound + 1)..<(range.upperBound - 1))
    }

    /// The number as it came.
    public func numberText() throws(JSONError) -> String {
        try expect(.number)
        return String(decoding: rawBytes, as: UTF8.self)
    }

    /// The nearest `Double`. A number beyond its range (`1e400`) is an error; one below it (`1e-400`) is 0.
    public func double() throws(JSONError) -> Double {
        try expect(.number)
        if let exact = JSONDecimal(rawBytes).exactDouble { return exact }
        guard let value = Double(String(decoding: rawBytes, as: UTF8.self)), value.isFinite else {
            throw error(.outOfRange(of: "Double"))
        }
        return value
    }

    /// The exact whole number: `1`, `1.0` and `1e3` are whole. One with a fraction or beyond the range is an error.
    public func int64() throws(JSONError) -> Int64 {
        try expect(.number)
        do throws(JSONError.Reason) {
            return try JSONDecimal(rawBytes).int64()
        } catch {
            throw self.error(error)
        }
    }

    public func boolean() throws(JSONError) -> Bool {
        try expect(.boolean)
        return document.bytes[range.lowerBound] == UInt8(ascii: "t")
    }
}
