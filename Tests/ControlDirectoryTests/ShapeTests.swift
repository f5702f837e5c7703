import ControlDirectory
import JSON
import Testing

@Suite struct ShapeTests {
    private let shape = Shape.fields([
        .required("id", .id), .optional("age", .integer(0...150)),
        .optional("tags", .array(.text(1...5), 0...2)), .optional("note", .nullable(.text(0...5))),
        .optional("any", .json),
    ])

    private func mistakes(_ value: JSONValue) -> [String] {
        var mistakes: [FieldMistake] = []
        shape.check(value, at: "", &mistakes)
        return mistakes.map { "\($0.path) \($0.code)" }
    }

    @Test func whatFitsHasNoMistakes() {
        #expect(mistakes(["id": "a-1", "age": 0, "tags": ["x"], "note": nil]) == [])
    }

    @Test func eachMistakeHasItsPathAndCode() {
        #expect(
            mistakes(["age": 151, "tags": ["", "sixsix", "x"], "note": 5]) == [
                "/id missing", "/age out_of_range", "/tags wrong_count", "/note wrong_type",
            ])
        #expect(mistakes(["id": "a b"]) == ["/id wrong_format"])
        #expect(mistakes(["id": "a", "a/b~c": 1]) == ["/a~1b~0c unknown_field"])
        #expect(mistakes([]) == [" wrong_type"])
    }

    @Test func valuesOfTheUsersOwnAreBounded() {
        var deep: JSONValue = 1
        for _ in 0...InputLimits.nesting { deep = [deep] }
        #expect(mistakes(["id": "a", "any": deep]) == ["/any too_large"])
        #expect(mistakes(["id": "a", "any": ["x": "a\u{0}b"]]) == ["/any too_large"])
    }
}
