import JSON
import Testing

@testable import Filters

@Suite struct MistakeTests {
    private static let users = FilterSchema.users(app: 7, attributes: Person.declared)
    private static let campaigns = FilterSchema.campaigns(app: 7)

    private func mistakes(
        _ text: String, _ schema: FilterSchema = campaigns
    ) throws -> [FilterMistake] {
        try mistakes(JSONValue(parsing: text), schema)
    }

    private func mistakes(
        _ value: JSONValue, _ schema: FilterSchema = campaigns
    ) -> [FilterMistake] {
        do {
            _ = try Filter(value, schema: schema, at: "/filter")
            return []
        } catch {
            return error.list
        }
    }

    private static let refused: [(filter: String, code: FilterMistake.Code, path: String)] = [
        ("5", .wrongType, ""),
        ("[]", .wrongType, ""),
        ("null", .wrongType, ""),
        (#"{"nane": "x"}"#, .unknownField, "/nane"),
        (#"{"$and": [{"name": "x"}, {"created": {"$gt": 5}}]}"#, .unknownField, "/$and/1/created"),
        (#"{"a/b~c": 1}"#, .unknownField, "/a~1b~0c"),
        (#"{"name": {"$gtt": "x"}}"#, .unknownOperator, "/name/$gtt"),
        (#"{"name": {"first": "x"}}"#, .unknownOperator, "/name/first"),
        (#"{"$xor": []}"#, .unknownOperator, "/$xor"),
        (#"{"$gt": 5}"#, .operatorNotAllowed, "/$gt"),
        (#"{"name": {"$contains": "x"}}"#, .operatorNotAllowed, "/name/$contains"),
        (
            #"{"created_at": {"$autocomplete": "x"}}"#, .operatorNotAllowed,
            "/created_at/$autocomplete"
        ),
        (#"{"segments": {"$gt": "x"}}"#, .operatorNotAllowed, "/segments/$gt"),
        (#"{"name": 5}"#, .wrongType, "/name"),
        (#"{"name": ["x"]}"#, .wrongType, "/name"),
        (#"{"name": {"$gt": null}}"#, .wrongType, "/name/$gt"),
        (#"{"name": {"$in": "x"}}"#, .wrongType, "/name/$in"),
        (#"{"name": {"$nin": ["x", 5]}}"#, .wrongType, "/name/$nin/1"),
        (#"{"name": {"$exists": 1}}"#, .wrongType, "/name/$exists"),
        (#"{"name": {"$not": "x"}}"#, .wrongType, "/name/$not"),
        (#"{"created_at": {"$gt": 1767225600}}"#, .wrongType, "/created_at/$gt"),
        (#"{"created_at": {"$gt": "yesterday"}}"#, .wrongType, "/created_at/$gt"),
        (#"{"$or": {"name": "x"}}"#, .wrongType, "/$or"),
        (#"{"$not": [{"name": "x"}]}"#, .wrongType, "/$not"),
        (#"{"$nor": ["name"]}"#, .wrongType, "/$nor/0"),
        (#"{"$and": []}"#, .empty, "/$and"),
        (#"{"$or": [{}]}"#, .empty, "/$or/0"),
        (#"{"name": {}}"#, .empty, "/name"),
        (#"{"name": {"$autocomplete": ""}}"#, .empty, "/name/$autocomplete"),
        (#"{"name": "a\u0000b"}"#, .invalidCharacter, "/name"),
    ]

    @Test(arguments: refused.indices)
    func aWrongPlaceIsNamed(index: Int) throws {
        let (filter, code, path) = Self.refused[index]
        let found = try mistakes(filter)
        #expect(found.map(\.code) == [code], "\(filter): \(found)")
        #expect(found.map(\.path) == ["/filter" + path], "\(filter): \(found)")
    }

    private static let refusedForUsers: [(filter: String, code: FilterMistake.Code, path: String)] =
        [
            (#"{"it's": 1}"#, .unknownField, "/it's"),
            (#"{"attributes.": 1}"#, .unknownField, "/attributes."),
            (#"{"a..b": 1}"#, .unknownField, "/a..b"),
            (#"{"a.b.c.d.e.f.g.h.i": 1}"#, .unknownField, "/a.b.c.d.e.f.g.h.i"),
            (#"{"consent.a.b": "granted"}"#, .unknownField, "/consent.a.b"),
            (#"{"events.": {"$exists": true}}"#, .unknownField, "/events."),
            (#"{"events.a\u0000": {"$exists": true}}"#, .unknownField, "/events.a\0"),
            (#"{"events..count": 1}"#, .unknownField, "/events..count"),
            (
                #"{"events.login.count": {"$exists": true}}"#, .operatorNotAllowed,
                "/events.login.count/$exists"
            ),
            (#"{"events.login.count": null}"#, .wrongType, "/events.login.count"),
            (#"{"events.login.count": 1.5}"#, .wrongType, "/events.login.count"),
            (#"{"events.login": 5}"#, .wrongType, "/events.login"),
            (#"{"age": "5"}"#, .wrongType, "/age"),
            (#"{"beta": 1}"#, .wrongType, "/beta"),
            (#"{"beta": {"$gt": true}}"#, .operatorNotAllowed, "/beta/$gt"),
            (#"{"odd": {"$gt": true}}"#, .wrongType, "/odd/$gt"),
            (#"{"odd": [1]}"#, .wrongType, "/odd"),
            (#"{"endpoints": "x"}"#, .operatorNotAllowed, "/endpoints"),
            (#"{"tags": {"$contains": ["a"]}}"#, .wrongType, "/tags/$contains"),
        ]

    @Test(arguments: refusedForUsers.indices)
    func aWrongPlaceInAFilterOfUsersIsNamed(index: Int) throws {
        let (filter, code, path) = Self.refusedForUsers[index]
        let found = try mistakes(filter, Self.users)
        #expect(found.map(\.code) == [code], "\(filter): \(found)")
        #expect(found.map(\.path) == ["/filter" + path], "\(filter): \(found)")
    }

    @Test func aMistakeSaysWhatWasExpected() throws {
        #expect(
            try mistakes(#"{"creatd_at": 1}"#).first?.message
                == #""creatd_at" is not a field of campaigns; did you mean "created_at"?"#)
        #expect(
            try mistakes(#"{"name": {"$gtt": 1}}"#).first?.message
                == #""$gtt" is not an operator here; did you mean $gt?"#)
        #expect(
            try mistakes(#"{"segments": {"$lt": 1}}"#).first?.message
                == #""segment_ids" cannot be asked for $lt; expected one of $eq, $ne, $in, $nin, "#
                + "$exists, $contains")
        let unknown = try mistakes(#"{"whatever_this_is": 1}"#).first?.message
        #expect(unknown?.contains("expected one of completed_at, created_at,") == true)
    }

    @Test func allMistakesAreListedUpToALimit() throws {
        let filter = #"""
            {"$and": [{"name": 5}, {"x": 1}, {"created_at": {"$gt": "now", "$in": [1, 2]}}]}
            """#
        let found = try mistakes(filter)
        #expect(
            found.map(\.path) == [
                "/filter/$and/0/name", "/filter/$and/1/x", "/filter/$and/2/created_at/$gt",
                "/filter/$and/2/created_at/$in/0", "/filter/$and/2/created_at/$in/1",
            ])
        let many = JSONValue.array((0..<90).map { ["x\($0)": 1] })
        #expect(mistakes(["$or": many]).count == FilterLimits.mistakes)
    }

    // MARK: Limits

    /// `levels` of logical operators around a condition.
    private func nested(_ levels: Int) -> JSONValue {
        (0..<levels).reduce(["name": "x"]) { inner, level in
            [["$and", "$or", "$nor"][level % 3]: [inner]]
        }
    }

    @Test func depthIsLimited() {
        #expect(mistakes(nested(FilterLimits.depth)).isEmpty)
        let tooDeep = mistakes(nested(FilterLimits.depth + 1))
        #expect(tooDeep.map(\.code) == [.tooDeep])
        #expect(tooDeep.first?.path.split(separator: "/").count == 2 * FilterLimits.depth + 2)
        let nots = (0..<20).reduce(["$eq": "x"] as JSONValue) { inner, _ in ["$not": inner] }
        #expect(mistakes(["name": nots]).map(\.code) == [.tooDeep])
        #expect(mistakes(nested(150)).map(\.code) == [.tooDeep])
    }

    @Test func conditionsAreCounted() {
        func filter(_ count: Int) -> JSONValue {
            ["$or": .array((0..<count).map { _ in ["name": "x"] })]
        }
        #expect(mistakes(filter(FilterLimits.conditions)).isEmpty)
        #expect(mistakes(filter(FilterLimits.conditions + 1)).map(\.code) == [.tooManyConditions])
        let halves: JSONValue = ["$and": [filter(60), filter(60)]]
        #expect(mistakes(halves).map(\.code) == [.tooManyConditions])
        let fields = Dictionary(
            uniqueKeysWithValues: (0..<5_000).map { ("x\($0)", 1 as JSONValue) })
        #expect(mistakes(.object(fields), Self.users).map(\.code) == [.tooManyConditions])
    }

    @Test func valuesAndStringsAreLimited() {
        func names(_ count: Int, bytes: Int) -> JSONValue {
            .array((0..<count).map { _ in .string(String(repeating: "x", count: bytes)) })
        }
        func filter(_ value: JSONValue) -> JSONValue { ["name": ["$in": value]] }
        #expect(mistakes(filter(names(FilterLimits.values, bytes: 10))).isEmpty)
        #expect(
            mistakes(filter(names(FilterLimits.values + 1, bytes: 1))).map(\.code)
                == [.tooManyValues])
        let longest = FilterLimits.stringBytes
        #expect(mistakes(filter(names(1, bytes: longest))).isEmpty)
        #expect(mistakes(filter(names(1, bytes: longest + 1))).map(\.code) == [.tooLong])
        let full = filter(names(FilterLimits.values, bytes: longest))
        #expect(mistakes(full).isEmpty)
        #expect(mistakes(["$and": [full, full]]).map(\.code) == [.tooLarge])
        let text = String(repeating: "x", count: FilterLimits.autocompleteCharacters + 1)
        #expect(mistakes(["name": ["$autocomplete": .string(text)]]).map(\.code) == [.tooLong])
    }

    @Test func longNamesAreShortened() throws {
        let name = String(repeating: "é\u{301}", count: 100_000)
        let found = try #require(mistakes([name: 1]).first)
        #expect(found.code == .unknownField)
        #expect(found.path.utf8.count < 300)
        #expect(found.message.utf8.count < 600)
    }

    @Test func codesAreStable() {
        #expect(
            FilterMistake.Code.allCases.map(\.rawValue) == [
                "unknown_field", "unknown_operator", "operator_not_allowed", "wrong_type", "empty",
                "invalid_character", "too_deep", "too_many_conditions", "too_many_values",
                "too_long", "too_large", "too_many_fields", "duplicate_field", "not_sortable",
            ])
    }
}
