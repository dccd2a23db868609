import LineProtocol
import Testing

@Suite("FieldType")
struct FieldTypeTests {
    @Test("each type has its word, by which it is found again")
    func names() {
        #expect(FieldType.allCases.map(\.name) == ["float", "integer", "unsigned", "boolean", "string"])
        for type in FieldType.allCases { #expect(FieldType(name: type.name) == type) }
    }

    @Test("no other word is a type", arguments: ["", "Float", "int", "double", "string ", "long", "bool"])
    func others(name: String) {
        #expect(FieldType(name: name) == nil)
    }

    @Test("a value tells its type")
    func values() {
        let values: [FieldValue] = [.float(1), .integer(1), .unsigned(1), .boolean(true), .string("1")]

        #expect(values.map(\.type) == FieldType.allCases)
    }
}
