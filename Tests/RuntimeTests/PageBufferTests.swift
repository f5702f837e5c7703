import Testing

@testable import Runtime

@Suite struct PageBufferTests {
    @Test func ordinalsAreThoseOfThePageThatBringsThem() {
        let buffer = PageBuffer()
        _ = unsafe buffer.prepare(byteCount: 8)
        #expect(unsafe buffer.ordinals == nil)
        let room = unsafe buffer.prepareOrdinals(count: 2)
        unsafe room[0] = 7
        unsafe room[1] = 9
        #expect(unsafe buffer.ordinals?[0] == 7)
        #expect(unsafe buffer.ordinals?[1] == 9)
        _ = unsafe buffer.prepare(byteCount: 8)
        #expect(unsafe buffer.ordinals == nil)
    }
}
