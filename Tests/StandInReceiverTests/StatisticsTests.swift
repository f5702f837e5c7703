import Foundation
import Structures
import Testing

@testable import StandInReceiver

@Suite struct KeySetTests {
    @Test func `It agrees with a dictionary while it grows`() {
        var set = KeySet()
        var model: [Int: Int] = [:]
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<60_000 {
            let number = Int(generator.next() % 30_000)
            let accepted = generator.next() % 2 == 0
            let sighting = set.record(KeyDigest("key-\(number)"), accepted: accepted)
            if let acceptances = model[number] {
                #expect(sighting == .known(acceptances: min(acceptances, 2)))
            } else {
                #expect(sighting == .new)
            }
            model[number, default: 0] += accepted ? 1 : 0
        }
        #expect(set.count == model.count)
    }

    @Test func `A full set takes no new keys and still knows the old ones`() {
        var set = KeySet(limit: 2)
        #expect(set.record(KeyDigest("a"), accepted: true) == .new)
        #expect(set.record(KeyDigest("b"), accepted: false) == .new)
        #expect(set.record(KeyDigest("c"), accepted: true) == .untracked)
        #expect(set.record(KeyDigest("c"), accepted: true) == .untracked)
        #expect(set.record(KeyDigest("a"), accepted: true) == .known(acceptances: 1))
        #expect(set.record(KeyDigest("a"), accepted: true) == .known(acceptances: 2))
        #expect(set.record(KeyDigest("b"), accepted: true) == .known(acceptances: 0))
        #expect(set.count == 2)
    }

    @Test func `Hashes tell similar keys apart`() {
        var seen: Set<[UInt64]> = []
        var keys: [String] = [
            "", "\0", "\0\0", "a", "a\0", "aaaaaaaa", "aaaaaaaa\0", "aaaaaaaaaaaaaaaa",
        ]
        for number in 0..<20_000 {
            keys.append("msg_\(number)")
            keys.append("aaaaaaaa\(number)bbbbbbbb")
        }
        for key in keys {
            let hash = KeyDigest(key)
            #expect(hash.low & KeyDigest.spareBits == 0)
            seen.insert([hash.high, hash.low])
        }
        #expect(seen.count == keys.count)
    }
}

@Suite struct StatisticsRecorderTests {
    private let ok = RequestFate.answer(.ok, delayMilliseconds: 0)
    private let busy = RequestFate.answer(HTTPStatus(503), delayMilliseconds: 0)

    @Test func `Duplicates are counted by key, and acceptances apart from them`() {
        var recorder = StatisticsRecorder(now: 0)
        func send(_ key: String?, _ fate: RequestFate, _ recorder: inout StatisticsRecorder) {
            recorder.request(key: key.map { KeyDigest($0) }, fate: fate, now: 0)
        }
        send("a", busy, &recorder)
        send("a", ok, &recorder)
        send("b", ok, &recorder)
        send("b", .reset, &recorder)
        send("b", ok, &recorder)
        send("b", ok, &recorder)
        send("c", .stall, &recorder)
        send(nil, ok, &recorder)
        let statistics = recorder.snapshot(now: 0)
        #expect(statistics.requests == 8)
        #expect(statistics.requestsWithoutKey == 1)
        #expect(statistics.distinctKeys == 3)
        #expect(statistics.duplicates == 4)
        #expect(statistics.accepted == 5)
        #expect(statistics.acceptedDuplicates == 1)
        #expect(statistics.acceptedRepeats == 2)
        #expect(statistics.resets == 1)
        #expect(statistics.stalls == 1)
    }

    @Test func `Windows count from the first request`() {
        var recorder = StatisticsRecorder(now: 1000)
        for time in [1250, 1251, 1349, 1350, 1700] as [UInt64] {
            recorder.request(key: nil, fate: ok, now: time)
        }
        let statistics = recorder.snapshot(now: 2000)
        #expect(statistics.windows == [3, 1, 0, 0, 1])
        #expect(statistics.firstRequestMilliseconds == 250)
        #expect(statistics.lastRequestMilliseconds == 700)
        #expect(statistics.uptimeMilliseconds == 1000)
        #expect(!statistics.windowsAreTruncated)
    }

    @Test func `Windows end after their limit, and say so`() {
        var recorder = StatisticsRecorder(now: 0)
        let end = UInt64(SinkLimits.windowsMax) * SinkLimits.windowMilliseconds
        recorder.request(key: nil, fate: ok, now: 0)
        recorder.request(key: nil, fate: ok, now: end - 1)
        #expect(!recorder.snapshot(now: end).windowsAreTruncated)
        recorder.request(key: nil, fate: ok, now: end)
        let statistics = recorder.snapshot(now: end)
        #expect(statistics.windowsAreTruncated)
        #expect(statistics.windows.count == SinkLimits.windowsMax)
        #expect(statistics.windows.last == 1)
        #expect(statistics.requests == 3)
        #expect(statistics.lastRequestMilliseconds == end)
    }

    @Test func `A reset forgets all but the open connections`() {
        var recorder = StatisticsRecorder(now: 0)
        recorder.connectionOpened()
        recorder.connectionOpened()
        recorder.connectionClosed()
        recorder.request(key: KeyDigest("a"), fate: ok, now: 5)
        recorder.answered(.ok)
        recorder.reset(now: 50)
        var expected = SinkStatistics()
        expected.connectionsNow = 1
        expected.connectionsPeak = 1
        expected.uptimeMilliseconds = 10
        #expect(recorder.snapshot(now: 60) == expected)
        recorder.request(key: KeyDigest("a"), fate: ok, now: 70)
        #expect(recorder.snapshot(now: 70).duplicates == 0)
        #expect(recorder.snapshot(now: 70).firstRequestMilliseconds == 20)
    }

    @Test func `The JSON has every count under its name`() throws {
        var recorder = StatisticsRecorder(now: 0)
        recorder.request(key: KeyDigest("a"), fate: ok, now: 5)
        recorder.request(key: KeyDigest("a"), fate: busy, now: 105)
        recorder.answered(.ok)
        recorder.answered(HTTPStatus(503))
        let data = Data(recorder.snapshot(now: 200).json.utf8)
        let object = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["requests"] as? Int == 2)
        #expect(object["duplicates"] as? Int == 1)
        #expect(object["statuses"] as? [String: Int] == ["200": 1, "503": 1])
        #expect(object["windows"] as? [Int] == [1, 1])
        #expect(object["window_ms"] as? Int == 100)
        #expect(object["windows_truncated"] as? Bool == false)
        #expect(object["first_request_ms"] as? Int == 5)
        #expect(object["last_request_ms"] as? Int == 105)
        #expect(object.count == 26)
        let empty = Data(SinkStatistics().json.utf8)
        let none = try #require(JSONSerialization.jsonObject(with: empty) as? [String: Any])
        #expect(none["first_request_ms"] is NSNull)
    }
}

@Suite struct ResponseTableTests {
    private func text(
        _ status: UInt16, _ persistence: ResponseTable.Persistence = .kept,
        retryAfter: Duration? = nil
    ) -> String {
        let table = ResponseTable([HTTPStatus(status)], retryAfter: retryAfter)
        var output: [UInt8] = []
        table.append(HTTPStatus(status), persistence, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    @Test func `Answers say what their connection needs`() {
        #expect(text(200) == "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        #expect(
            text(500, .closed)
                == "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        )
        #expect(
            text(200, .keptForHTTP10)
                == "HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n")
        #expect(text(204) == "HTTP/1.1 204 No Content\r\n\r\n")
        #expect(text(299) == "HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n")
    }

    @Test func `Only 429 and 503 say when to come back, in whole seconds`() {
        let second = Duration.milliseconds(1001)
        #expect(
            text(429, retryAfter: second)
                == "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n")
        #expect(text(503, retryAfter: .seconds(1)).contains("\r\nRetry-After: 1\r\n"))
        #expect(!text(500, retryAfter: second).contains("Retry-After"))
        #expect(!text(429).contains("Retry-After"))
    }
}
