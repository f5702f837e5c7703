import CurlTransport
import Engine
import Testing

/// What the limits say of each other and of the types that they bound.
@Suite struct LimitRelationTests {
    @Test func lanesAreBitsOfAWord() {
        #expect(CurlTransportLimits.lanesMax <= UInt64.bitWidth)
        #expect(CurlTransportLimits.flightsPerLane <= CurlTransportLimits.flightsPerLaneMax)
    }

    @Test func aTransportCarriesWhatAShardMaySend() {
        #expect(CurlTransportLimits.flightsMax >= EngineLimits.flightsPerShardMax)
    }

    @Test func whatTheEngineRendersIsTaken() {
        #expect(CurlTransportLimits.fieldBytesMax >= EngineLimits.urlBytesMax)
        #expect(CurlTransportLimits.fieldBytesMax >= EngineLimits.headerLineBytesMax)
    }

    @Test func noConnectionIsClosedThatTheNextRequestNeeds() {
        #expect(CurlTransportLimits.connectionsPerFlight >= 1)
        #expect((CurlTransportLimits.receiveBufferBytes + 1).nonzeroBitCount == 1)
    }
}
