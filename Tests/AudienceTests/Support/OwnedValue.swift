import Jinja

/// A slot's value with its own bytes, to compare what went into a page with what comes out.
enum OwnedValue: Hashable {
    case missing
    case null
    case bool(Bool)
    case integer(Int64)
    /// By bit pattern, so that NaN and the zeros compare.
    case double(UInt64)
    case string(String)
    case json(String)

    init(_ slot: SlotValue) {
        func text() -> String { unsafe String(decoding: slot.bytes, as: UTF8.self) }
        switch slot.kind {
        case .missing: self = .missing
        case .null: self = .null
        case .true: self = .bool(true)
        case .false: self = .bool(false)
        case .integer: self = .integer(slot.integer)
        case .double: self = .double(slot.double.bitPattern)
        case .string: self = .string(text())
        case .json: self = .json(text())
        }
    }

    static func number(_ value: Double) -> OwnedValue { .double(value.bitPattern) }
}

/// Lends the values as slots.
func withSlots<Result>(
    _ values: [OwnedValue], _ body: (UnsafeBufferPointer<SlotValue>) throws -> Result
) rethrows -> Result {
    var arena: [UInt8] = []
    var ranges: [Range<Int>] = []
    for value in values {
        let start = arena.count
        switch value {
        case .string(let text), .json(let text): arena.append(contentsOf: text.utf8)
        default: break
        }
        ranges.append(start..<arena.count)
    }
    return try unsafe arena.withUnsafeBytes { bytes in
        var slots: [SlotValue] = []
        for (value, range) in zip(values, ranges) {
            let text = unsafe UnsafeRawBufferPointer(rebasing: bytes[range])
            switch value {
            case .missing: slots.append(.missing)
            case .null: slots.append(.null)
            case .bool(let value): slots.append(SlotValue(value))
            case .integer(let value): slots.append(SlotValue(value))
            case .double(let bits): slots.append(SlotValue(Double(bitPattern: bits)))
            case .string: unsafe slots.append(SlotValue(string: text))
            case .json: unsafe slots.append(SlotValue(json: text))
            }
        }
        return try unsafe slots.withUnsafeBufferPointer(body)
    }
}
