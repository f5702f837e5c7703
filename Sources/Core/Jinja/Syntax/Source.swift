/// The text of a template with its line ends made equal, and the way from an offset to a line.
struct Source: Sendable {
    let name: String
    let bytes: [UInt8]

    /// Turns CRLF and CR into LF and drops one line end at the end of the text, as Jinja does.
    init(_ raw: UnsafeRawBufferPointer, name: String, keepTrailingNewline: Bool) {
        self.name = name
        guard unsafe raw.contains(0x0D) else {
            let dropsLast = unsafe !keepTrailingNewline && raw.last == 0x0A
            bytes = unsafe Array(raw.dropLast(dropsLast ? 1 : 0))
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var i = 0
        while i < raw.count {
            let byte = unsafe raw[i]
            i += 1
            guard byte == 0x0D else {
                bytes.append(byte)
                continue
            }
            bytes.append(0x0A)
            if unsafe i < raw.count && raw[i] == 0x0A { i += 1 }
        }
        if !keepTrailingNewline && bytes.last == 0x0A { bytes.removeLast() }
        self.bytes = bytes
    }

    /// The line of an offset, from 1.
    func line(at offset: Int) -> Int {
        var line = 1
        for byte in bytes[..<min(offset, bytes.count)] where byte == 0x0A { line += 1 }
        return line
    }

    /// The column of an offset in code points, from 1.
    func column(at offset: Int) -> Int {
        let end = min(offset, bytes.count)
        let start = bytes[..<end].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return bytes[start..<end].count { $0 & 0xC0 != 0x80 } + 1
    }

    /// The whole line around an offset.
    func lineText(at offset: Int) -> String {
        let at = min(offset, bytes.count)
        let start = bytes[..<at].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        let end = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }

    func text(_ token: Token) -> String { text(Int(token.start), Int(token.end)) }

    func text(_ start: Int, _ end: Int) -> String {
        String(decoding: bytes[start..<end], as: UTF8.self)
    }
}
