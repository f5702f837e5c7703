import ControlDirectory
import Foundation
import JSON

/// When a campaign starts by itself.
struct CampaignSchedule: Sendable {
    let at: Timestamp
    let stopAt: Timestamp?
    /// How much later it may still start; later than that it becomes a draft again, so that a
    /// server that was down for long does not send what nobody expects any more.
    let maxLatenessSeconds: Int64
    private let given: JSONValue

    /// An hour: longer than a restart, shorter than a night.
    static let maxLatenessDefault: Int64 = 3_600

    /// Reads a schedule: either a moment with its offset, or a local time and its time zone.
    init(_ body: JSONValue, now: Timestamp) throws(Problem) {
        let moment = body["at"]?.string.flatMap(Timestamp.init(rfc3339:))
        let local = body["local_time"]?.string
        switch (moment, local) {
        case (let moment?, nil): at = moment
        case (nil, let local?): at = try Self.resolve(local, in: body["time_zone"]?.string)
        default:
            throw .invalid("/at", "mutually_exclusive", "expected either at or local_time")
        }
        guard at > now else {
            throw .invalid(
                moment == nil ? "/local_time" : "/at", "out_of_range", "expected a time to come")
        }
        stopAt = body["stop_at"]?.string.flatMap(Timestamp.init(rfc3339:))
        if let stopAt, stopAt <= at {
            throw .invalid("/stop_at", "out_of_range", "expected a time after the start")
        }
        maxLatenessSeconds = body["max_lateness_seconds"]?.integer ?? Self.maxLatenessDefault
        given = body
    }

    /// The moment at which clocks in a zone show a time: the first of two where they are set back,
    /// and where they are set forward over it, as much later as they are.
    private static func resolve(_ local: String, in zone: String?) throws(Problem) -> Timestamp {
        guard let zone, TimeZone.knownTimeZoneIdentifiers.contains(zone) || zone == "UTC",
            let timeZone = TimeZone(identifier: zone)
        else {
            throw .invalid(
                "/time_zone", "unknown_value", "expected an IANA zone such as Europe/Berlin")
        }
        let numbers = local.split(whereSeparator: { "-T:".contains($0) }).compactMap { Int($0) }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = timeZone
        var parts = DateComponents()
        guard local.utf8.count == 19, numbers.count == 6 else {
            throw .invalid("/local_time", "wrong_format", "expected 2026-01-31T08:00:00")
        }
        (parts.year, parts.month, parts.day) = (numbers[0], numbers[1], numbers[2])
        (parts.hour, parts.minute, parts.second) = (numbers[3], numbers[4], numbers[5])
        guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]), numbers[3] < 24,
            numbers[4] < 60, numbers[5] < 60, let date = calendar.date(from: parts),
            calendar.component(.day, from: date) == numbers[2]
        else {
            throw .invalid("/local_time", "wrong_format", "there is no such time")
        }
        return Timestamp(milliseconds: Int64(date.timeIntervalSince1970 * 1_000))
    }

    /// As it is stored and shown.
    var json: JSONValue {
        [
            "at": .string(at.rfc3339), "local_time": given["local_time"] ?? .null,
            "time_zone": given["time_zone"] ?? .null,
            "max_lateness_seconds": .integer(maxLatenessSeconds),
        ]
    }
}
