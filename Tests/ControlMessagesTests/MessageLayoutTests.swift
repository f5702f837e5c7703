import ControlDirectory
import ControlMessages
import Foundation
import GRDB
import JSON
import Jinja
import SendPlans
import Testing

@Suite struct MessageLayoutTests {
    private func layout(_ body: String, _ variables: MessageVariables = .init()) throws
        -> MessageLayout
    {
        let content = try TemplateContent(
            ["format": "text", "body": .string(body), "url": "https://example.com"], at: "")
        let document = ProviderSettings().document(
            for: content, name: "t", shards: 1, allowsPrivateNetworks: true, seed: 0)
        return MessageLayout(try CampaignTemplates(parsing: document).references, variables)
    }

    @Test(arguments: [
        ("{{ receiver.id }} {{ sender.name }} {{ campaign.id }} {{ channel.id }} {{ x }}", []),
        ("{{ receiver.name }} {{ receiver.address.city }}", ["receiver.name", "receiver.address"]),
        ("{{ receiver.attributes.name }}", ["receiver.attributes.name"]),
        ("{{ receiver.city }}{{ receiver.attributes.city }}", ["receiver.city"]),
        (
            "{{ receiver.attributes | tojson }}{{ receiver.attributes.city }}",
            ["receiver.attributes"]
        ),
        (
            "{% if receiver %}{{ receiver['last_active_at'] }}{% endif %}",
            ["receiver.last_active_at"]
        ),
        ("{% for t in receiver.tags %}{{ t }}{% endfor %}", ["receiver.tags"]),
        ("{% set r = receiver.home %}{{ r.city }}", ["receiver.home"]),
    ])
    func onlyWhatIsReadIsKept(body: String, columns: [String]) throws {
        #expect(try layout(body).columns.map(\.name) == columns)
    }

    @Test func theWholeReceiverIsEveryField() throws {
        let columns = try layout("{{ receiver | tojson }}").columns.map(\.name)
        #expect(
            columns == UserField.allCases.map { "receiver.\($0.rawValue)" } + [
                "receiver.attributes"
            ])
    }

    @Test func aVariableIsAColumnOnlyWhereARecipientHasOne() throws {
        let variables = MessageVariables(
            recipientNames: ["code", "unread"], campaign: ["title": "Sale"],
            defaults: ["title": "Default", "kind": "usual", "receiver": "somebody"])
        let layout = try layout(
            "{{ code }}{{ title }}{{ kind }}{{ none }}{{ receiver }}", variables)
        #expect(layout.columns.map(\.name) == ["code"])
        let found = layout.layout(["sender": ["name": "Bob"]])
        guard case .constant(let title) = found["title"],
            case .constant(let receiver) = found["receiver"], case .slot(1) = found["code"]
        else {
            Issue.record("\(found)")
            return
        }
        #expect(String(decoding: title, as: UTF8.self) == "\"Sale\"")
        #expect(String(decoding: receiver, as: UTF8.self) == "\"somebody\"")
        #expect(found["none"] == nil)
        #expect(found["sender"] != nil)
    }

    @Test func aRecipientsVariablesComeBeforeTheCampaignsAndThoseBeforeTheDefaults() async throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-layout-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try ControlDatabase(path: folder.path + "/control.sqlite", clock: .system)
        try await database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO app (id, name, mau, quota_multiplier, quota_policy, consent_default,
                        created_at, updated_at) VALUES ('a', '', 0, 0, 'pause', 'granted', 0, 0);
                    INSERT INTO user (app, id, attributes, tags, endpoints, created_at, updated_at)
                    VALUES (1, 'u', '{"a\\"b":1,"città":"Roma"}', '[]', '[]', 0, 0)
                    """)
        }
        let layout = try layout(
            #"{{ a }}{{ b }}{{ c }}{{ d }}{{ receiver['città'] }}{{ receiver['a"b'] }}"#,
            MessageVariables(
                recipientNames: ["a", "b", "c", "d"], campaign: ["b": ["x": 1]],
                defaults: ["b": 2, "c": 3]))
        #expect(
            layout.columns.map(\.name) == ["a", "b", "c", "d", "receiver.a\"b", "receiver.città"])
        let selection = layout.selection(variables: SQLCondition("?", [#"{"a": "own"}"#]))
        let values = try await database.read { db in
            let row = try Row.fetchOne(
                db, sql: "SELECT \(selection.sql) FROM user WHERE id = 'u'",
                arguments: selection.arguments)
            return layout.columns.indices.map { row?[$0] as String? }
        }
        #expect(values == ["\"own\"", #"{"x":1}"#, "3", nil, nil, "\"Roma\""])
    }
}
