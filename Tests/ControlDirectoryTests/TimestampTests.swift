import ControlDirectory
import Testing

@Suite struct TimestampTests {
    @Test func aTimeIsWrittenAsItIsRead() {
        let time = Timestamp(milliseconds: 1_769_846_400_250)
        #expect(time.rfc3339 == "2026-01-31T08:00:00.250Z")
        #expect(Timestamp(rfc3339: time.rfc3339) == time)
        #expect(time.month == "2026-01")
    }

    @Test func everyMillisecondIsWrittenAsItIs() {
        for milliseconds in Int64(1_769_846_400_000)...1_769_846_401_000 {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
    }
}
