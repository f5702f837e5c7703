import Engine
import Testing

@Suite struct ColumnTableTests {
    private func column(_ table: ColumnTable, _ name: String, guess: Int) -> Int? {
        var name = name
        return name.withUTF8 { unsafe table.column(of: UnsafeRawBufferPointer($0), guess: guess) }
    }

    private func insert(_ table: inout ColumnTable, _ name: String) -> Int? {
        var name = name
        return name.withUTF8 { unsafe table.insert(UnsafeRawBufferPointer($0)) }
    }

    @Test func namesKeepTheirColumnsWhileTheTableGrows() throws {
        var table = ColumnTable(columnsMax: 256)
        for number in 0..<256 {
            #expect(insert(&table, "name\(number)") == number)
            for earlier in 0...number {
                #expect(table.column(of: "name\(earlier)") == earlier)
            }
        }
        #expect(table.column(of: "name256") == nil)
        #expect(table.names == (0..<256).map { "name\($0)" })
    }

    @Test func aWrongGuessOnlyCostsASearch() throws {
        let table = try ColumnTable(names: ["a", "bb", "ccc"], columnsMax: 256)
        for guess in 0...9 {
            #expect(column(table, "a", guess: guess) == 0)
            #expect(column(table, "ccc", guess: guess) == 2)
            #expect(column(table, "c", guess: guess) == nil)
            #expect(column(table, "", guess: guess) == nil)
        }
    }

    @Test func aFullTableAndAnEmptyNameAreRefused() throws {
        var table = ColumnTable(columnsMax: 2)
        #expect(insert(&table, "") == nil)
        #expect(insert(&table, "a") == 0)
        #expect(insert(&table, "b") == 1)
        #expect(insert(&table, "c") == nil)
        #expect(table.count == 2)
    }

    @Test func namesRestoreTheTable() throws {
        let names = ["b", "a", "ü", "with space"]
        let table = try ColumnTable(names: names, columnsMax: 8)
        #expect(table.names == names)
        #expect(try ColumnTable(names: table.names, columnsMax: 8) == table)
    }

    @Test(arguments: [["a", "a"], ["a", ""], ["a", "b", "c", "d"]])
    func namesThatCannotBeATableAreRefused(names: [String]) {
        #expect(throws: AudiencePageError.self) {
            try ColumnTable(names: names, columnsMax: 3)
        }
    }

    /// Composed and decomposed letters are different variables, as they are different JSON keys.
    @Test func namesAreComparedByTheirBytes() throws {
        let table = try ColumnTable(names: ["\u{E9}", "e\u{301}"], columnsMax: 3)
        #expect(table.column(of: "e\u{301}") == 1)
    }
}
