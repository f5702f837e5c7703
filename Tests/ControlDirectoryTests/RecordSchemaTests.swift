import Filters
import GRDB
import JSON
import Testing

@testable import ControlDirectory

/// What comes from the declarations of a table's fields, by a table of three.
@Suite struct RecordSchemaTests {
    private struct Note: Equatable, Sendable {
        var pk: Int64 = 0
        var app: Int64 = 7
        var id = ""
        var text = ""
        var color = Color.red
        var dueAt: Int64?
        var words: [String] = []
        var changedAt: Int64 = 0

        static let schema = RecordSchema(
            "note", plural: "notes", key: \.pk, as: .integer(), new: Note(),
            fields: [
                .hidden("app", \.app, .integer()),
                RecordField("id", \.id, .text(.id), .fixed, "Names it."),
                RecordField("text", \.text, .text(1...10), .required, "What it says.")
                    .filtered(.string, alias: "body"),
                RecordField("color", \.color, .word(unknown: .blue), .settable, "Its color."),
                RecordField("due", \.dueAt, .optional(.time), .settable, "Its end.", column: "at")
                    .filtered(.time),
                RecordField("words", \.words, .list(of: .id, 0...3), .settable, "Its words."),
                .input("file", .boolean, "Whether it is filed."),
                RecordField("changed_at", \.changedAt, .time, .stamped, "Its last change."),
            ])
    }

    private enum Color: String, CaseIterable {
        case red
        case blue
    }

    private static let given: JSONValue = [
        "id": "n", "text": "one", "color": "blue", "due": "1970-01-01T00:00:01Z", "words": ["a"],
        "file": true,
    ]

    private func withTable(_ body: (Database) throws -> Void) throws {
        try DatabaseQueue().write { db in
            let columns = Note.schema.columns.joined(separator: ", ")
            try db.execute(sql: "CREATE TABLE note (pk INTEGER PRIMARY KEY, \(columns)) STRICT")
            try body(db)
        }
    }

    private func stored(_ db: Database) throws -> Note {
        Note.schema.record(try #require(try Row.fetchOne(db, sql: "SELECT * FROM note")))
    }

    @Test func columnsHaveTypesAndSayWhetherTheyMayBeNull() {
        #expect(
            Note.schema.columns == [
                "app INTEGER NOT NULL", "id TEXT NOT NULL", "text TEXT NOT NULL",
                "color TEXT NOT NULL", "at INTEGER", "words TEXT NOT NULL",
                "changed_at INTEGER NOT NULL",
            ])
    }

    @Test func whatIsTakenIsStoredReadAndShown() throws {
        var note = Note(id: "n", changedAt: 2_000)
        Note.schema.take(Self.given, into: &note)
        #expect(note.dueAt == 1_000)
        try withTable { db in
            note.pk = try Note.schema.insert(note, db)
            #expect(try stored(db) == note)
            #expect(
                JSONValue.object(Note.schema.json(note)) == [
                    "id": "n", "text": "one", "color": "blue",
                    "due": "1970-01-01T00:00:01.000Z", "words": ["a"],
                    "changed_at": "1970-01-01T00:00:02.000Z",
                ])
        }
    }

    @Test func aChangeWritesWhatItNamesAndKeepsTheRest() throws {
        var note = Note(id: "n")
        Note.schema.take(Self.given, into: &note)
        try withTable { db in
            note.pk = try Note.schema.insert(note, db)
            note.app = 8
            note.changedAt = 3_000
            Note.schema.take(["due": nil, "text": "two", "id": "other"], into: &note)
            try Note.schema.update(note, db)
            let expected = Note(
                pk: 1, app: 7, id: "n", text: "two", color: .blue, dueAt: nil, words: ["a"],
                changedAt: 3_000)
            #expect(try stored(db) == expected)
        }
    }

    @Test func aCopyHasWhatCallersDecideAndNoIdentity() {
        var source = Note(id: "n", changedAt: 5)
        Note.schema.take(Self.given, into: &source)
        var copy = Note(id: "m")
        Note.schema.copy(source, into: &copy)
        #expect(copy == Note(id: "m", text: "one", color: .blue, dueAt: 1_000, words: ["a"]))
    }

    @Test func aValueThatNoLongerFitsIsReadAsTheDefault() throws {
        try withTable { db in
            try db.execute(
                sql: "INSERT INTO note VALUES (1, 7, 'n', 'one', 'pink', NULL, 'no list', 0)")
            #expect(try stored(db) == Note(pk: 1, id: "n", text: "one", color: .blue))
        }
    }

    @Test func shapesSayWhoDecidesAFieldAndWhatItIsWithout() throws {
        let creation = Note.schema.creation
        #expect(creation.map(\.name) == ["id", "text", "color", "due", "words", "file"])
        #expect(creation.filter(\.isRequired).map(\.name) == ["text"])
        #expect(creation.map(\.standard) == [nil, nil, "red", .null, [], .null])
        let change = Note.schema.change
        #expect(change.map(\.name) == ["text", "color", "due", "words", "file"])
        #expect(!change.contains { $0.isRequired || $0.standard != nil })
        let answer = Note.schema.answer
        #expect(answer.map(\.name) == ["id", "text", "color", "due", "words", "changed_at"])
        #expect(!answer.contains { !$0.isRequired })

        try Shape.fields(creation).check(Self.given)
        try Shape.fields(change).check(["due": nil])
        #expect(throws: Problem.self) { try Shape.fields(change).check(["text": nil]) }
        #expect(throws: Problem.self) { try Shape.fields(change).check(["changed_at": nil]) }
    }

    @Test func filtersKnowTheFieldsThatSaySo() throws {
        let filters = Note.schema.filters(app: AppRowID(rawValue: 7))
        try withTable { db in
            for text in ["a", "b", "c"] {
                _ = try Note.schema.insert(Note(id: text, text: text, dueAt: 5), db)
            }
            _ = try Note.schema.insert(Note(app: 8, id: "b", text: "b"), db)
            let list = try FilteredList(
                ["filter": ["body": ["$gt": "a"]], "sort": [["field": "text", "direction": -1]]],
                schema: filters)
            let page = try list.page(db) { .string(Note.schema.record($0).text) }
            #expect(page.items == ["c", "b"])
        }
        #expect(throws: Problem.self) {
            try FilteredList(["filter": ["color": "red"]], schema: filters)
        }
    }
}
