import Control
import ControlDirectory
import ControlTesting
import JSON
import Structures
import Testing

/// Hears of changes as the engine's table would.
private final class Recorder: EligibilityPublisher {
    private let changes = Guarded<[EligibilityChange]>([])
    private let defaults = Guarded<[String]>([])

    func changed(_ changes: [EligibilityChange]) {
        self.changes.withLock { $0 += changes }
    }

    func consentDefaultChanged(app: AppRowID, isDenied: Bool) {
        defaults.withLock { $0.append("\(app) \(isDenied)") }
    }

    /// What was told since the last time, in the order in which it was told.
    func take() -> [String] {
        let taken = changes.withLock { changes in
            defer { changes = [] }
            return changes
        }
        return taken.map {
            "\($0.isIneligible ? "+" : "-")\($0.reason.rawValue) \($0.medium) \($0.userID)"
        }
    }

    func takeDefaults() -> [String] {
        defaults.withLock { defaults in
            defer { defaults = [] }
            return defaults
        }
    }
}

@Suite struct EligibilityTests {
    private func withRecorder(
        _ body: (TestAPI, Recorder) async throws -> Void
    ) async throws {
        try await TestAPI.with { api in
            let recorder = Recorder()
            try await api.control.eligibility.publish(to: recorder)
            try await body(api, recorder)
        }
    }

    @Test func consentMakesAndTakesAwayReasonsAlongEveryPath() async throws {
        try await withRecorder { api, recorder in
            _ = try await api.post(
                "/v1/users", ["id": "a", "consent": ["email": "denied", "sms": "granted"]])
            #expect(recorder.take() == ["+no_consent email a"])
            _ = try await api.send(
                "PATCH", "/v1/users/a", ["consent": ["sms": "denied", "email": "granted"]])
            #expect(recorder.take() == ["-no_consent email a", "+no_consent sms a"])
            _ = try await api.send("PUT", "/v1/users/a", ["name": "A"])
            #expect(recorder.take() == [])
            #expect(try await api.ineligible() == ["no_consent sms a"])
            _ = try await api.post(
                "/v1/users/bulk",
                [
                    "users": [
                        ["id": "a", "consent": [:]], ["id": "b", "consent": ["push": "denied"]],
                    ]
                ])
            #expect(recorder.take() == ["-no_consent sms a", "+no_consent push b"])
            #expect(try await api.ineligible() == ["no_consent push b"])
        }
    }

    @Test func aDeletedUserIsIneligibleUntilItIsMadeAgain() async throws {
        try await withRecorder { api, recorder in
            _ = try await api.post("/v1/users", ["id": "a", "consent": ["email": "denied"]])
            _ = recorder.take()
            _ = try await api.send("DELETE", "/v1/users/a")
            #expect(recorder.take() == ["+user_deleted * a", "-no_consent email a"])
            #expect(try await api.ineligible() == ["user_deleted * a"])
            _ = try await api.post("/v1/users/bulk", ["users": [["id": "a"], ["id": "b"]]])
            #expect(recorder.take() == ["-user_deleted * a"])
            #expect(try await api.ineligible() == [])
        }
    }

    @Test func aSuppressionHoldsForIdsKnownOrNotAndOutlivesTheUser() async throws {
        try await withRecorder { api, recorder in
            let made = try await api.send("PUT", "/v1/suppressions/a", ["note": "asked"])
            #expect(made.status == 200, "\(made.text)")
            #expect(made.json["note"] == "asked")
            #expect(recorder.take() == ["+suppressed * a"])
            _ = try await api.send("PUT", "/v1/suppressions/a", ["note": "again"])
            #expect(recorder.take() == [])
            _ = try await api.post("/v1/users", ["id": "a"])
            _ = try await api.send("DELETE", "/v1/users/a")
            #expect(try await api.ineligible() == ["suppressed * a", "user_deleted * a"])
            let list = try await api.get("/v1/suppressions")
            #expect(list.json["suppressions"]?.array?.map { $0["note"] } == ["again"])
            _ = recorder.take()
            #expect(try await api.send("DELETE", "/v1/suppressions/a").status == 204)
            #expect(recorder.take() == ["-suppressed * a"])
            #expect(try await api.send("DELETE", "/v1/suppressions/a").status == 404)
            #expect(try await api.send("PUT", "/v1/suppressions/a%20b", [:]).status == 404)
        }
    }

    @Test func manySuppressionsAreAddedListedAndRemoved() async throws {
        try await withRecorder { api, recorder in
            let ids = (100..<350).map { JSONValue.string("u\($0)") }
            let body: JSONValue = ["action": "add", "user_ids": .array(ids)]
            #expect(try await api.post("/v1/suppressions/bulk", body).json["changed"] == 250)
            #expect(try await api.post("/v1/suppressions/bulk", body).json["changed"] == 0)
            #expect(recorder.take().count == 250)
            var seen: [String] = []
            var path = "/v1/suppressions?limit=100"
            while true {
                let page = try await api.get(path)
                seen += page.json["suppressions"]?.array?.compactMap { $0["user_id"]?.string } ?? []
                guard let next = page.json["next"]?.string else { break }
                path = "/v1/suppressions?limit=100&next=\(next)"
            }
            #expect(seen == ids.compactMap(\.string))
            let removed = try await api.post(
                "/v1/suppressions/bulk", ["action": "remove", "user_ids": ["u100", "nobody"]])
            #expect(removed.json["changed"] == 1)
            #expect(recorder.take() == ["-suppressed * u100"])
        }
    }

    @Test func whereTheDefaultIsToRefuseGrantsAreTold() async throws {
        try await withRecorder { api, recorder in
            _ = try await api.post("/v1/users", ["id": "a", "consent": ["email": "granted"]])
            #expect(recorder.take() == [])
            #expect(try await api.count("consent_grant") == 0)
            _ = try await api.send("PATCH", "/v1/app", ["consent_default": "denied"])
            #expect(recorder.take() == ["-not_granted email a"])
            #expect(recorder.takeDefaults() == ["1 true"])
            _ = try await api.send("PATCH", "/v1/users/a", ["consent": ["sms": "granted"]])
            #expect(recorder.take() == ["+not_granted email a", "-not_granted sms a"])
            _ = try await api.send("DELETE", "/v1/users/a")
            #expect(recorder.take() == ["+user_deleted * a", "+not_granted sms a"])
            #expect(try await api.count("consent_grant") == 0)
        }
    }

    @Test func aGrantThatWasToldIsWithdrawnAlsoWhenTheDefaultHasChangedBack() async throws {
        try await withRecorder { api, recorder in
            _ = try await api.send("PATCH", "/v1/app", ["consent_default": "denied"])
            _ = try await api.post("/v1/users", ["id": "a", "consent": ["email": "granted"]])
            #expect(recorder.take() == ["-not_granted email a"])
            _ = try await api.send("PATCH", "/v1/app", ["consent_default": "granted"])
            #expect(recorder.takeDefaults() == ["1 true", "1 false"])
            _ = try await api.send("PATCH", "/v1/users/a", ["consent": [:]])
            #expect(recorder.take() == ["+not_granted email a"])
            _ = try await api.post("/v1/users", ["id": "b", "consent": ["sms": "granted"]])
            #expect(recorder.take() == [])
            _ = try await api.send("PATCH", "/v1/app", ["consent_default": "denied"])
            #expect(recorder.take() == ["-not_granted sms b"])
        }
    }

    @Test func everythingIsToldAtTheStart() async throws {
        try await TestAPI.with { api in
            _ = try await api.send("PATCH", "/v1/app", ["consent_default": "denied"])
            _ = try await api.post(
                "/v1/users", ["id": "a", "consent": ["sms": "denied", "push": "granted"]])
            _ = try await api.send("PUT", "/v1/suppressions/b", [:])
            let recorder = Recorder()
            try await api.control.eligibility.publish(to: recorder)
            #expect(
                Set(recorder.take()) == [
                    "+no_consent sms a", "-not_granted push a", "+suppressed * b",
                ])
            #expect(recorder.takeDefaults() == ["1 true"])
        }
    }
}
