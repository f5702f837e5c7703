// The bytes of an audience page.
//
// A page is the unit in which an audience is stored, claimed, run and committed. Its blob is
// written once, at import, and read once by the shard that runs it. All numbers are little endian.
//
//     header      16 bytes   magic u32, version u16, columns u16, recipients u16, zero u16,
//                            end of the records u32 (from the start of the blob)
//     records                one per recipient, back to back
//     offsets     4 × n      where each record starts, from the start of the blob
//     checksum    8 bytes    over everything before it
//
// A record is a run of values: the user id first, then the columns in the order of the campaign's
// column table. Columns missing at the end of a record are not written, so a page outlives columns
// that were added to the table after it.
//
// A value is a tag byte and a payload. The tag's low three bits are the `SlotValue.Kind`, the high
// five the payload's byte count; the count 31 says that a varint with the rest of the count
// follows. So an identifier or a word costs one byte beside its text, and a reader skips a value
// without looking at its kind. Integers are cut to the bytes they need (zero needs none), doubles
// take eight.
//
// Why this shape:
// 1. The offsets come last, because a builder knows their number only when the page is closed; so
//    the records never move and the page is written in one pass.
// 2. The checksum comes last for the same reason, and because its eight bytes let a reader load a
//    whole word at any byte of a record without leaving the blob.
// 3. Structure is checked to make reads memory-safe; the checksum vouches for what structure cannot
//    show: that text is still the UTF-8, and JSON the valid JSON, that the importer checked. A
//    flipped bit in a user id would otherwise send a message to somebody else.

import Jinja

// The limits and positions of an audience page.
extension PageLayout {
    /// The most bytes of a blob: a page closes early, with fewer recipients, before it would pass
    /// it.
    ///
    /// It bounds what a shard holds per active page. 4 MiB leaves 4 KiB for each of 1,024
    /// recipients.
    package static let bytesMax = 4 << 20

    /// The most bytes of one recipient's record.
    ///
    /// A larger one is refused by the builder. Importers keep rows under it, so that a page always
    /// has room for at least one recipient.
    package static let recordBytesMax = 1 << 20

    /// The most columns that a page can count; the limit users meet is the column table's own.
    package static let columnsMax = Int(UInt16.max)

    static let magic: UInt32 = 0x4750_4146  // "FAPG"
    static let version: UInt16 = 1
    static let headerBytes = 16
    static let checksumBytes = 8
    static let bytesMin = headerBytes + checksumBytes

    /// The payload byte counts below this one are held in the tag itself.
    static let inlineLengthMax = 31
}

/// The tag byte of a value.
struct PageTag {
    let byte: UInt8

    /// The bits of the kind, one of the constants below.
    var kind: UInt8 { byte & 7 }

    /// The payload's byte count, or `PageLayout.inlineLengthMax` when a varint with the rest
    /// follows.
    var shortLength: Int { Int(byte >> 3) }

    // The raw values of `SlotValue.Kind`, as constants of this module: read from the other one they
    // would be a call each, per value.
    static let missing: UInt8 = 0
    static let null: UInt8 = 1
    static let `false`: UInt8 = 2
    static let `true`: UInt8 = 3
    static let integer: UInt8 = 4
    static let double: UInt8 = 5
    static let string: UInt8 = 6
    static let json: UInt8 = 7

    /// The bits of a slot's kind; compiles to nothing.
    @inline(__always)
    static func bits(_ kind: SlotValue.Kind) -> UInt8 {
        switch kind {
        case .missing: missing
        case .null: null
        case .false: `false`
        case .true: `true`
        case .integer: integer
        case .double: double
        case .string: string
        case .json: json
        }
    }
}

/// The fixed measures of a page.
package enum PageLayout {
    /// Recipients a page holds at the most.
    ///
    /// Part of the numbering of recipients: never change it.
    package static let recipientsMax = 1_024
}
