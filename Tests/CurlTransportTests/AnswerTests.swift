import CurlTransport
import Engine
import Testing

@Suite struct AnswerTests {
    private static let asked = AnswerParts(bodyBytesMax: 4_096, fieldNames: ["X-One", "x-two"])

    /// Sends one request and gives what was kept of its answer.
    private func answer(
        _ steps: [ServerStep], asking parts: AnswerParts = asked
    ) throws -> (result: TransferResult, kept: KeptAnswer) {
        let server = try ScriptedServer { _ in steps }
        var pair: (TransferResult, KeptAnswer)?
        try withTransport(server) { harness in
            let target = try harness.target(server.url, answer: parts)
            let result = try harness.send(target)
            pair = (result, try #require(harness.answers[0]))
        }
        return try #require(pair)
    }

    @Test("A body within the bound is kept whole, with the fields that were named")
    func whole() throws {
        let (result, kept) = try answer([
            .send(
                Answer.status(
                    410, headers: ["x-ONE: first", "X-Three: no", "X-Two:   2  "],
                    body: #"{"reason":"Unregistered"}"#))
        ])
        #expect(result.status == 410)
        #expect(kept.body == #"{"reason":"Unregistered"}"#)
        #expect(kept.isBodyWhole)
        #expect(kept.fields.prefix(3) == ["first", "2", ""])
    }

    @Test("A body of exactly the bound is whole, one byte more is not", arguments: [0, 1, 5_000])
    func bound(_ more: Int) throws {
        let body = String(repeating: "b", count: 4_096 + more)
        let (result, kept) = try answer([.send(Answer.status(400, body: body))])
        #expect(result.status == 400)
        #expect(kept.body == body.prefix(4_096))
        #expect(kept.isBodyWhole == (more == 0))
    }

    @Test("Of a body beyond what is read at all the first bytes are kept")
    func overlong() throws {
        let body = String(repeating: "b", count: 1_000_000)
        let (result, kept) = try answer([.send(Answer.status(500, body: body))])
        #expect(result.status == 500)
        #expect(result.transportCode == 23)
        #expect(kept.body == body.prefix(4_096))
        #expect(!kept.isBodyWhole)
    }

    @Test("A body in chunks is put together, and what comes behind it is no header field")
    func chunked() throws {
        let head = "HTTP/1.1 400 Bad\r\nTransfer-Encoding: chunked\r\nX-One: head\r\n\r\n"
        let (result, kept) = try answer([
            .send(head + "4\r\nabcd\r\n"), .wait(milliseconds: 20),
            .send("2\r\nef\r\n0\r\nX-Two: trailer\r\n\r\n"),
        ])
        #expect(result.status == 400)
        #expect(kept.body == "abcdef")
        #expect(kept.isBodyWhole)
        #expect(kept.fields.prefix(2) == ["head", ""])
    }

    @Test("An answer without a body has an empty one, and it is whole")
    func noBody() throws {
        for status in [200, 204] {
            let head = status == 204 ? "HTTP/1.1 204 No\r\n\r\n" : Answer.status(200)
            let (result, kept) = try answer([.send(head)])
            #expect(Int(result.status) == status)
            #expect(kept.body.isEmpty)
            #expect(kept.isBodyWhole)
        }
    }

    @Test("Fields of interim answers are not the answer's")
    func interim() throws {
        let (result, kept) = try answer([
            .send("HTTP/1.1 103 Early\r\nX-One: early\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"),
            .send(Answer.status(202, headers: ["X-Two: late"], body: "ok")),
        ])
        #expect(result.status == 202)
        #expect(kept.body == "ok")
        #expect(kept.fields.prefix(2) == ["", "late"])
    }

    @Test("A body that is cut off keeps what came, and is not whole")
    func cutOff() throws {
        let (result, kept) = try answer([
            .send("HTTP/1.1 400 Bad\r\nContent-Length: 100\r\nX-One: 1\r\n\r\nshort"), .close,
        ])
        #expect(result.status == 400)
        #expect(kept.body == "short")
        #expect(!kept.isBodyWhole)
        #expect(kept.fields.first == "1")
    }

    @Test("Without a final answer nothing is kept")
    func noAnswer() throws {
        let interim = "HTTP/1.1 100 Continue\r\nX-One: 1\r\n\r\n"
        for steps in [[ServerStep.close], [.send(interim), .close]] {
            let (result, kept) = try answer(steps)
            #expect(result.status == 0)
            #expect(kept.body.isEmpty)
            #expect(!kept.isBodyWhole)
            #expect(kept.fields.joined().isEmpty)
        }
    }

    @Test("Of several fields of a name the first is kept, and none that is too long")
    func fieldForms() throws {
        let longest = String(repeating: "v", count: EngineLimits.answerFieldBytesMax)
        let (_, first) = try answer([
            .send(Answer.status(200, headers: ["X-One: a", "X-One: b", "X-Two: \(longest)"]))
        ])
        #expect(first.fields.prefix(2) == ["a", longest])
        let (_, long) = try answer([
            .send(Answer.status(200, headers: ["X-One: \(longest)v", "X-Two: 2"]))
        ])
        #expect(long.fields.prefix(2) == ["", "2"])
    }

    @Test("Each flight has its own answer, also on a handle that other targets use")
    func manyFlights() throws {
        let server = try ScriptedServer { request in
            let number = request.header("number") ?? ""
            return [.send(Answer.status(200, headers: ["X-One: \(number)"], body: "b\(number)"))]
        }
        try withTransport(server, flightsMax: 4) { harness in
            let asking = try harness.target(
                server.url, requestFieldNames: ["number"], answer: Self.asked)
            let silent = try harness.target(server.url, requestFieldNames: ["number"])
            for round in 0..<20 {
                let target = round % 3 == 2 ? silent : asking
                for flight in 0..<4 {
                    harness.start(UInt32(flight), target, fields: ["\(round).\(flight)"])
                }
                #expect(harness.results(4).allSatisfy { $0.status == 200 })
                for flight in 0..<4 {
                    let kept = try #require(harness.answers[UInt32(flight)])
                    let isAsked = target == asking
                    #expect(kept.body == (isAsked ? "b\(round).\(flight)" : ""))
                    #expect(kept.fields.first == (isAsked ? "\(round).\(flight)" : ""))
                    #expect(kept.isBodyWhole == isAsked)
                }
            }
        }
    }

    @Test("Only fields, or only the body, can be asked for")
    func oneKind() throws {
        let steps = [ServerStep.send(Answer.status(200, headers: ["X-One: 1"], body: "body"))]
        let (_, fields) = try answer(steps, asking: AnswerParts(fieldNames: ["X-One"]))
        #expect(fields.body.isEmpty && !fields.isBodyWhole)
        #expect(fields.fields.prefix(2) == ["1", ""])
        let (_, body) = try answer(steps, asking: AnswerParts(bodyBytesMax: 4))
        #expect(body.body == "body" && body.isBodyWhole)
        #expect(body.fields.joined().isEmpty)
    }

    @Test("What had come of an answer is kept when its flight is cancelled")
    func cancelled() throws {
        let server = try ScriptedServer { _ in
            [.send("HTTP/1.1 400 Bad\r\nContent-Length: 100\r\n\r\nfirst"), .hang]
        }
        try withTransport(server) { harness in
            let target = try harness.target(server.url, answer: Self.asked)
            harness.start(0, target)
            harness.start(1, target)
            harness.run { server.requests.count == 2 }
            harness.transport.cancelAll()
            // Whether the heads had been read by then is the kernel's business; never is there a
            // body without a status.
            for result in harness.takeAll() {
                let kept = try #require(harness.answers[result.flight.rawValue])
                #expect(kept.body == "first" || kept.body.isEmpty)
                if result.status == 0 { #expect(kept.body.isEmpty) }
                #expect(!kept.isBodyWhole)
            }
        }
    }
}
