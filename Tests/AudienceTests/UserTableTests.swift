import Testing

@testable import Audience

/// Users in CSV.
@Suite struct UserTableTests {
    private func read(
        _ text: String, _ attributes: [(String, UserRules.AttributeType)] = []
    ) throws -> UserReaderTests.Read {
        try UserReaderTests.read(text, .csv, UserReaderTests.rules(attributes))
    }

    @Test func columnsBecomeFieldsAndAttributes() throws {
        let user = try read(
            "user_id,name,locale,timezone,tags,last_active_at,webhook_url,consent.email,"
                + "attributes.home.city,plan,home.size,Favourite colour\n"
                + #"u1,"Doe, ""J""",de,Europe/Berlin,vip; new;,2026-01-31T08:00:00Z,"#
                + "https://a.example/,denied,Rome,pro,5,red\n", [("home.size", .integer)])
        #expect(user.rejects == [])
        #expect(user.id == "u1")
        #expect(user.name == "Doe, \"J\"")
        #expect(user.tags == ["vip", "new"])
        #expect(user.denied == 2)
        #expect(user.lastActiveAt == 1_769_846_400_000)
        #expect(
            user.attributes
                == #"{"home":{"city":"Rome","size":5},"plan":"pro","Favourite colour":"red"}"#)
        #expect(
            user.endpoints
                == #"[{"id":"webhook","type":"webhook","url":"https://a.example/"}]"#)
    }

    @Test func anEmptyFieldIsNoValue() throws {
        let user = try read("id,name,plan,home.city,tags\nu1,,,,\n")
        #expect(user.name == nil)
        #expect(user.attributes == "{}")
        #expect(user.tags == [])
        #expect(user.tagsJSON == nil)
    }

    @Test func aValueOfAnotherTypeThanDeclaredIsRejected() throws {
        let users = try read(
            "id,age,ok\na,five,\nb,5,yes\nc,5,true\nd,05,\n", [("age", .integer), ("ok", .boolean)])
        #expect(users.count == 1)
        #expect(users.attributes == #"{"age":5,"ok":true}"#)
        #expect(
            users.rejects == [
                "2 /attributes/age wrong_type", "3 /attributes/ok wrong_type",
                "5 /attributes/age wrong_type",
            ])
    }

    @Test func aRowOfAnotherLengthIsRejectedWithItsLine() throws {
        let users = try read("id,plan\na,pro\nb\nc,x,y\n\"d\nd\",pro\n")
        #expect(users.count == 1)
        #expect(users.rejects == ["3  wrong_count", "4  wrong_count", "5 /id wrong_format"])
    }

    @Test(arguments: [
        "name,plan\n", "id,id\n", "id,plan,plan\n", "id,home,home.city\n", "id,consent.fax\n",
        "id,\n", "",
    ])
    func aHeaderThatCannotBeUsedStopsTheImport(header: String) {
        #expect(throws: AudienceError.self) { try read(header) }
    }
}
