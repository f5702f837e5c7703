import ControlMessages
import JSON
import Storage

/// What a campaign's templates see that is the same for everybody, as it was at the launch: kept
/// with the snapshot, so that a message can be rendered again when its sources have changed.
struct MessageConstants: Sendable {
    let variables: MessageVariables
    /// `sender` and `campaign`.
    let scope: [String: JSONValue]

    private static let name = "constants"

    init(variables: MessageVariables, scope: [String: JSONValue]) {
        self.variables = variables
        self.scope = scope
    }

    /// Reads the constants of a snapshot.
    init(_ snapshot: CampaignDatabase) throws {
        let value = try snapshot.value(Self.name).map { try JSONValue(parsing: $0) } ?? .null
        variables = MessageVariables(
            recipientNames: Set(value["recipient_names"]?.array?.compactMap(\.string) ?? []),
            campaign: value["campaign"]?.object ?? [:], defaults: value["defaults"]?.object ?? [:])
        scope = value["scope"]?.object ?? [:]
    }

    /// Keeps the constants in a new snapshot.
    func save(_ snapshot: CampaignDatabase) throws {
        let value: JSONValue = [
            "recipient_names": .array(variables.recipientNames.sorted().map { .string($0) }),
            "campaign": .object(variables.campaign), "defaults": .object(variables.defaults),
            "scope": .object(scope),
        ]
        try snapshot.setValue(Self.name, Array(value.encoded.utf8))
    }
}
