import Engine

/// The first row of a CSV input: which field is what.
struct CSVHeader {
    let slotOfField: [Int]
    let userIDField: Int

    static let userIDNames = ["user_id", "userId"]

    /// Reads the header, and adds its names to the column table.
    ///
    /// Names are taken without the spaces around them, which templates could not name.
    init(
        _ scanner: inout CSVScanner, limits: AudienceLimits, columns: inout ColumnTable
    ) throws(AudienceError) {
        try Self.read(&scanner)
        let row = scanner.row
        var slotOfField: [Int] = []
        var userIDField: Int?
        var hasSeparatorHint = false
        for index in 0..<min(row.fieldCount, scanner.fieldsMax) {
            let (name, place) = unsafe Self.name(of: scanner.fields[index])
            let text = String(decoding: name, as: UTF8.self)
            var problem: HeaderProblem?
            if Self.userIDNames.contains(text) {
                if userIDField != nil { problem = .twoUserIDs }
                userIDField = index
                slotOfField.append(0)
            } else if name.isEmpty {
                problem = .emptyName
            } else if name.count > limits.columnNameBytesMax {
                problem = .nameTooLong(limit: limits.columnNameBytesMax)
            } else {
                hasSeparatorHint = hasSeparatorHint || text.contains(";") || text.contains("\t")
                let column = unsafe name.withUnsafeBytes { name in
                    unsafe columns.column(of: name, guess: index) ?? columns.insert(name)
                }
                if let column, slotOfField.contains(column + 1) {
                    problem = .duplicateName(text)
                } else if let column {
                    slotOfField.append(column + 1)
                } else {
                    problem = .tooManyColumns(limit: limits.columnsMax)
                }
            }
            if let problem { throw unsafe Self.error(scanner, place, problem) }
        }
        guard let userIDField else {
            throw unsafe Self.error(
                scanner, row.start, .noUserID(separatorHint: hasSeparatorHint))
        }
        if row.fieldCount > scanner.fieldsMax {
            throw unsafe Self.error(
                scanner, row.surplus ?? row.end, .tooManyColumns(limit: limits.columnsMax))
        }
        self.slotOfField = slotOfField
        self.userIDField = userIDField
    }

    /// Finds the first row, and checks that it is UTF-8.
    private static func read(_ scanner: inout CSVScanner) throws(AudienceError) {
        switch try scanner.next() {
        case .row: break
        case .end: throw .header(.missing, line: 1, column: 1)
        case .rejected:
            guard let reject = scanner.reject else { throw .header(.missing, line: 1, column: 1) }
            throw .header(.malformed(reject.reason), line: reject.line, column: reject.column)
        }
        let row = scanner.row
        if let fault = unsafe UTF8Check.firstFault(row.start, row.end) {
            throw unsafe Self.error(
                scanner, row.start + fault.offset,
                .malformed(fault.isZero ? .zeroByte : .invalidUTF8))
        }
    }

    /// The names of the first row, without the blanks around them.
    static func names(_ scanner: inout CSVScanner) throws(AudienceError) -> [String] {
        try read(&scanner)
        let count = min(scanner.row.fieldCount, scanner.fieldsMax)
        return (0..<count).map { index in
            String(decoding: unsafe name(of: scanner.fields[index]).0, as: UTF8.self)
        }
    }

    /// The name in a field, without quotes and the blanks around it, and where it starts.
    ///
    /// A copy, because the row's bytes must stay as they are until no error can point into them.
    private static func name(of field: CSVField) -> ([UInt8], UnsafeMutablePointer<UInt8>) {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var start = unsafe field.start
        var end = unsafe field.end
        while unsafe start < end && isBlank(start[0]) { unsafe start += 1 }
        while unsafe end > start && isBlank(end[-1]) { unsafe end -= 1 }
        var name: [UInt8] = []
        var cursor = unsafe start
        while unsafe cursor < end {
            unsafe name.append(cursor[0])
            unsafe cursor += field.hasQuotes && cursor[0] == CSVScanner.quote ? 2 : 1
        }
        return unsafe (name, start)
    }

    private static func error(
        _ scanner: borrowing CSVScanner, _ place: UnsafeMutablePointer<UInt8>,
        _ problem: HeaderProblem
    ) -> AudienceError {
        let (line, column) = unsafe scanner.position(of: place)
        return .header(problem, line: line, column: column)
    }
}
