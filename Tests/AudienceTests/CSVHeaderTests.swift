import Testing

@testable import Audience

@Suite struct CSVHeaderTests {
    private func failure(_ csv: String, _ limits: AudienceLimits = .standard) -> String? {
        do {
            _ = try read(csv, .csv, limits: limits)
            return nil
        } catch {
            guard case .header(let problem, let line, let column) = error as? AudienceError else {
                return "\(error)"
            }
            return "\(line):\(column) \(problem)"
        }
    }

    @Test(arguments: [
        ("", "1:1 the file is empty; expected a header row with a column user_id or userId"),
        ("\n\n", "1:1 the file is empty; expected a header row with a column user_id or userId"),
        ("id,name\n", "1:1 the header has no column user_id or userId"),
        (
            "user_id;name\n",
            "1:1 the header has no column user_id or userId; columns must be separated by commas"
        ),
        (
            "user_id\tname\n",
            "1:1 the header has no column user_id or userId; columns must be separated by commas"
        ),
        ("USER_ID,name\n", "1:1 the header has no column user_id or userId"),
        ("user_id,a,userId\n", "1:11 the header has more than one column user_id or userId"),
        ("user_id,a,b,a\n", "1:13 the header has the column a twice"),
        ("user_id,\"a\", a\n", "1:14 the header has the column a twice"),
        ("user_id,,b\n", "1:9 a column of the header has no name"),
        ("user_id,a,\n", "1:11 a column of the header has no name"),
        ("user_id,\"a\n", "1:9 the header cannot be read: the quote that opens here is not closed"),
        (
            "\nuser_id,\"a\"b\n",
            "2:12 the header cannot be read: there is text after the closing quote of a field"
        ),
        ("user_id,\"a\nb\",c,c\n", "2:6 the header has the column c twice"),
        ("user_id,\"\"\"\n\"\"\",c,c\n", "2:7 the header has the column c twice"),
        ("user_id,a\0\n", "1:10 the header cannot be read: the row contains a zero byte"),
        (
            "user_id,a\ru1,x\r",
            "1:10 the header cannot be read: there is a carriage return without a line feed"
        ),
    ])
    func aBadHeaderStopsTheImportWithItsPlace(csv: String, error: String) {
        #expect(failure(csv) == error)
    }

    @Test func aHeaderThatIsNotUTF8Stops() {
        let bytes = Array("user_id,a".utf8) + [0xE4, 0x0A]
        #expect(throws: AudienceError.self) { try read(bytes, .csv) }
    }

    @Test func namesMayHaveQuotesAndAnyScript() throws {
        let result = try read("user_id,\"a \"\"b\"\"\",имя\nu1,1,2\n", .csv)
        #expect(result.rows.map(\.variables) == [["a \"b\"": .string("1"), "имя": .string("2")]])
    }

    @Test func theNumberOfColumnsHasItsLimit() throws {
        var limits = AudienceLimits()
        limits.columnsMax = 3
        #expect(try read("a,b,user_id,c\n1,2,u1,3\n", .csv, limits: limits).rows.count == 1)
        let expected = "the header has more than 3 columns beside the user id"
        #expect(failure("user_id,a,b,c,d\n", limits) == "1:15 " + expected)
        #expect(failure("user_id,a,b,c,d,e,f,g\n", limits) == "1:15 " + expected)
        #expect(failure("a,b,c,d,user_id\n", limits) == "1:7 " + expected)
        let names = (0..<257).map { "c\($0)" }.joined(separator: ",")
        #expect(failure("user_id," + names + "\n")?.contains("more than 256 columns") == true)
    }

    @Test func theLengthOfANameHasItsLimit() throws {
        let name = String(repeating: "n", count: 128)
        #expect(try read("user_id,\(name)\nu1,x\n", .csv).rows.count == 1)
        #expect(
            failure("user_id,\(name)n\n") == "1:9 the name of a column is longer than 128 bytes")
    }
}
