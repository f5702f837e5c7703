import Structures

/// One recipient of a generated audience: drawn, then written, then drawn anew for the next row.
struct GeneratedRow {
    private var number: UInt64 = 0
    private var name: [UInt8] = []
    private var city: [UInt8] = []
    private var plan: [UInt8] = []
    private var isPaid = false
    private var order: UInt64 = 0
    private var amountCents: UInt64 = 0
    private var itemCount = 0
    private var itemSeed: UInt64 = 0
    private var note: [UInt8] = []

    private let regions = GeneratorText.regions
    private let shortNotes = GeneratorText.shortNotes
    private let sentences = GeneratorText.sentences

    mutating func draw(_ number: UInt64, _ random: inout SeededGenerator) {
        self.number = number
        var pick = random.below(100)
        var region = 0
        while pick >= regions[region].weight {
            pick -= regions[region].weight
            region += 1
        }
        name = regions[region].names[random.below(regions[region].names.count)]
        city = regions[region].cities[random.below(regions[region].cities.count)]
        pick = random.below(1_000)
        isPaid = pick >= 700
        plan =
            pick >= 950 ? GeneratorText.enterprise : isPaid ? GeneratorText.pro : GeneratorText.free
        order = UInt64(100_000 + random.below(9_900_000))
        // The product of three draws: most amounts are small, a few are large.
        amountCents = UInt64(99 + random.below(200) * random.below(100) * random.below(100) / 100)
        itemCount = 1 + random.below(2) * random.below(4)
        itemSeed = random.next()
        drawNote(&random)
    }

    /// Half of the notes are a few words, most others a sentence or two, a few up to thirty.
    private mutating func drawNote(_ random: inout SeededGenerator) {
        if random.happens(perThousand: 500) {
            note = shortNotes[random.below(shortNotes.count)]
            return
        }
        let isLong = random.happens(perThousand: 8)
        let count = isLong ? 5 + random.below(26) : 1 + random.below(2)
        if count == 1 {
            note = sentences[random.below(sentences.count)]
            return
        }
        note = []
        for sentence in 0..<count {
            if sentence > 0 {
                note.append(UInt8(ascii: random.happens(perThousand: 50) ? "\n" : " "))
            }
            note.append(contentsOf: sentences[random.below(sentences.count)])
        }
    }

    // MARK: CSV

    func writeCSV(to output: inout GeneratorOutput) {
        writeUserID(to: &output)
        output.append(UInt8(ascii: ","))
        Self.writeField(name, to: &output)
        output.append(UInt8(ascii: ","))
        Self.writeField(city, to: &output)
        output.append(UInt8(ascii: ","))
        output.append(plan)
        output.append(UInt8(ascii: ","))
        output.append(order)
        output.append(UInt8(ascii: ","))
        Self.writeCents(amountCents, to: &output)
        output.append(UInt8(ascii: ","))
        Self.writeField(note, to: &output)
        output.append(UInt8(ascii: "\n"))
    }

    /// Writes a field, in quotes if it needs them.
    private static func writeField(_ field: [UInt8], to output: inout GeneratorOutput) {
        let quote = UInt8(ascii: "\"")
        var needsQuotes = false
        for byte in field {
            // Without a branch, so that the compiler looks at many bytes at a time.
            needsQuotes =
                (byte == UInt8(ascii: ",")) || (byte == quote) || (byte == UInt8(ascii: "\n"))
                || needsQuotes
        }
        guard needsQuotes else {
            output.append(field)
            return
        }
        output.append(quote)
        for byte in field {
            if byte == quote { output.append(quote) }
            output.append(byte)
        }
        output.append(quote)
    }

    // MARK: JSON Lines

    func writeJSON(to output: inout GeneratorOutput) {
        output.append("{\"user_id\":\"")
        writeUserID(to: &output)
        output.append("\",\"variables\":{\"name\":")
        Self.writeString(name, to: &output)
        output.append(",\"city\":")
        Self.writeString(city, to: &output)
        output.append(",\"plan\":")
        Self.writeString(plan, to: &output)
        output.append(",\"order\":")
        output.append(order)
        output.append(",\"amount\":")
        Self.writeCents(amountCents, to: &output)
        output.append(isPaid ? ",\"paid\":true" : ",\"paid\":false")
        writeItems(to: &output)
        output.append(",\"note\":")
        if note.isEmpty {
            output.append("null")
        } else {
            Self.writeString(note, to: &output)
        }
        output.append("}}\n")
    }

    private func writeItems(to output: inout GeneratorOutput) {
        var random = SeededGenerator(seed: itemSeed)
        output.append(",\"items\":[")
        for item in 0..<itemCount {
            if item > 0 { output.append(UInt8(ascii: ",")) }
            output.append("{\"sku\":\"A-")
            output.append(UInt64(1_000 + random.below(9_000)))
            output.append("\",\"quantity\":")
            output.append(UInt64(1 + random.below(3)))
            output.append(",\"price\":")
            Self.writeCents(UInt64(99 + random.below(9_900)), to: &output)
            output.append(UInt8(ascii: "}"))
        }
        output.append(UInt8(ascii: "]"))
    }

    private static func writeString(_ text: [UInt8], to output: inout GeneratorOutput) {
        output.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case UInt8(ascii: "\n"): output.append("\\n")
            case UInt8(ascii: "\t"): output.append("\\t")
            default: output.append(byte)
            }
        }
        output.append(UInt8(ascii: "\""))
    }

    // MARK: Numbers

    private func writeUserID(to output: inout GeneratorOutput) {
        output.append(UInt8(ascii: "u"))
        output.append(number, digitsMin: 8)
    }

    private static func writeCents(_ cents: UInt64, to output: inout GeneratorOutput) {
        output.append(cents / 100)
        output.append(UInt8(ascii: "."))
        output.append(cents % 100, digitsMin: 2)
    }
}
