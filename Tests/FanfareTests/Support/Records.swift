import Foundation

/// The part of a report that tests look at.
struct Report: Decodable, Equatable {
    var end: String
    var guarantee: String
    var recipients: Int
    var sent: Int
    var failed: Int
    var skipped: Int
    var unknown: Int
    var pending: Int
    var duplicates: Int
    var rejected: Int
    var attempts: Int
    var failures: [String: Int]
    var sends: Int
    var unsure: Int

    static let decoder: JSONDecoder = {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }()
}

/// The report of a rehearsal.
struct Rehearsed: Decodable, Equatable {
    struct Failure: Decodable, Equatable {
        var userId: String
        var reason: String
        var template: String?
        var line: Int?
        var message: String?
    }

    struct Sizes: Decodable, Equatable {
        var p50: Int
        var p99: Int
        var max: Int
    }

    var recipients: Int
    var rendered: Int
    var failed: Int
    var failures: [Failure]
    var missingVariables: [String: Int]
    var payloadBytes: Sizes
    var estimatedSeconds: Double?
    var duplicates: Int
    var rejected: Int
}

/// What `verify` counted.
struct Account: Equatable {
    var total: Int
    var sent: Int
    var failed: Int
    var skipped: Int
    var unknown: Int
    var pending: Int

    init(
        total: Int, sent: Int, failed: Int = 0, skipped: Int = 0, unknown: Int = 0,
        pending: Int = 0
    ) {
        (self.total, self.sent, self.failed) = (total, sent, failed)
        (self.skipped, self.unknown, self.pending) = (skipped, unknown, pending)
    }

    /// Reads `total 5 = sent 1 + failed 1 + skipped 1 + unknown 1 + pending 1`.
    init?(parsing text: String) {
        func count(_ name: String) -> Int? {
            guard let range = text.range(of: name + " ") else { return nil }
            return Int(text[range.upperBound...].prefix { $0.isNumber })
        }
        guard let total = count("total"), let sent = count("sent"), let failed = count("failed"),
            let skipped = count("skipped"), let unknown = count("unknown"),
            let pending = count("pending")
        else { return nil }
        self.init(
            total: total, sent: sent, failed: failed, skipped: skipped, unknown: unknown,
            pending: pending)
    }
}

/// A row of `outcomes`.
struct Outcome: Decodable, Equatable {
    var userId: String
    var ordinal: Int
    var status: String
    var reason: String
    var code: Int
    var attempts: Int
    var bodyBytes: Int
    var key: String

    static func parse(jsonLines text: String) throws -> [Outcome] {
        try text.split(separator: "\n").map {
            try Report.decoder.decode(Outcome.self, from: Data($0.utf8))
        }
    }

    /// Reads CSV without quoted fields; a row that has another number of fields is left out.
    static func parse(csv text: String) -> [Outcome] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map(String.init)
            guard fields.count == 10, let ordinal = Int(fields[1]), let code = Int(fields[4]),
                let attempts = Int(fields[5]), let bytes = Int(fields[8])
            else { return nil }
            return Outcome(
                userId: fields[0], ordinal: ordinal, status: fields[2], reason: fields[3],
                code: code, attempts: attempts, bodyBytes: bytes, key: fields[9])
        }
    }
}
