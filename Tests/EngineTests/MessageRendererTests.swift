import EngineTesting
import Jinja
import Testing

@testable import Engine

@Suite("Rendering of requests")
struct MessageRendererTests {
    private func render(
        url: String? = nil, header: String? = nil, body: String = "b", id: String = "ann",
        host: String = "a.test"
    ) -> Result<RenderedRequest.Parts, RenderRefusal> {
        let message = MessageTemplates(
            url: url.map { SimulatedTemplates.make($0) },
            headers: header.map {
                [.init(name: "x-test", value: SimulatedTemplates.make($0))]
            } ?? [],
            body: SimulatedTemplates.make(body), slotCount: 2)
        let fixture = AudienceFixture(recipients: [(id, host)])
        var renderer = MessageRenderer()
        var buffer = ByteBuffer()
        do throws(RenderRefusal) {
            let request = try renderer.render(
                message, recipientAt: 0, of: fixture.audience, ordinal: Ordinal(5),
                generation: 0, keyPrefix: Array("k-".utf8), into: &buffer)
            #expect((request.hostHash != nil) == (url != nil))
            #expect(request.bodyStart + request.bodyCount == buffer.count)
            return .success(request.parts(in: buffer))
        } catch {
            return .failure(error)
        }
    }

    private func reason(_ result: Result<RenderedRequest.Parts, RenderRefusal>) -> DeliveryReason? {
        if case .failure(let refusal) = result { refusal.reason } else { nil }
    }

    @Test("a request is URL, the key and the values of its headers, and body")
    func whole() throws {
        let own = try render(
            url: "http://{{host}}/{{id}}", header: "to {{id}}", body: "hello {{id}}"
        ).get()
        #expect(own.url == "http://a.test/ann")
        #expect(own.fieldValues == ["k-5", "to ann"])
        #expect(own.body.elementsEqual("hello ann".utf8))
        let bare = try render(body: "").get()
        #expect(bare.url == nil)
        #expect(bare.fieldValues == ["k-5"])
        #expect(bare.body.isEmpty)
    }

    @Test(
        "what is no HTTP URL is refused",
        arguments: [
            "ftp://a.test/", "a.test", " ", "http://", "http:/a", "https://", "http://a b/",
            "http://a.test/\u{7F}", "http:///a", "http://?a", "https://#a", "http\u{1A}//a.test/",
            "http:/\u{F}a.test/", "http://a.test/\t", "http://a.test/\n", "http://a.test:0/",
            "http://a.test:65536/", "http://%61.test/", "http://a@b@c/",
            "http://a.test/" + String(repeating: "x", count: EngineLimits.urlBytesMax),
        ])
    func badURL(host: String) {
        #expect(reason(render(url: "{{host}}", host: host)) == .urlInvalid)
    }

    @Test("a URL that renders to nothing says that there is no endpoint")
    func emptyURL() {
        #expect(reason(render(url: "{{host}}", host: "")) == .noEndpoint)
    }

    @Test("a URL of the longest allowed length and any case of its scheme passes")
    func longURL() throws {
        let start = "HttpS://a.test/"
        let url = start + String(repeating: "x", count: EngineLimits.urlBytesMax - start.count)
        #expect(try render(url: "{{host}}", host: url).get().url == url)
    }

    @Test(
        "a header value cannot end its line",
        arguments: ["a\r\nb: c", "a\nb", "a\rb", "a\0b", "\u{1}"])
    func headerInjection(value: String) {
        #expect(reason(render(header: "{{host}}", host: value)) == .headerInvalid)
    }

    @Test("a header line that is too long is refused")
    func longHeader() throws {
        let room = EngineLimits.headerLineBytesMax - "x-test: ".count
        let longest = String(repeating: "v", count: room)
        _ = try render(header: "{{host}}", host: longest).get()
        #expect(reason(render(header: "{{host}}", host: longest + "v")) == .headerInvalid)
    }

    @Test("a body that is too long is refused")
    func longBody() throws {
        let half = String(repeating: "x", count: EngineLimits.bodyBytesMax / 2)
        _ = try render(body: "{{host}}{{host}}", host: half).get()
        #expect(reason(render(body: "{{host}}{{host}}y", host: half)) == .messageTooLarge)
    }
}
