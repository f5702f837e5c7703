import Structures

/// The variables of an audience, by name: which column of a page holds which variable.
///
/// Columns are numbered from 0 in the order in which their names were first met, and keep their
/// numbers: a table only grows. A page that was written while the table was smaller simply lacks
/// the later columns. Names are compared byte by byte, without Unicode normalisation, as JSON keys
/// are.
package struct ColumnTable: Sendable, Equatable {
    /// The most columns that the table takes.
    package let columnsMax: Int
    /// The names, in column order.
    package private(set) var names: [String] = []

    // The names' bytes back to back, and where each ends: comparing a key with a name touches no
    // String.
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    // Open addressing by the names' hash; 0 is free, else the column plus one. At most half full.
    private var buckets: [UInt16] = Array(repeating: 0, count: 32)

    /// Creates a table without columns.
    ///
    /// - Parameter columnsMax: The most columns it may grow to, at most `PageLayout.columnsMax`.
    package init(columnsMax: Int) {
        precondition(columnsMax <= PageLayout.columnsMax, "pages count columns in 16 bits")
        self.columnsMax = columnsMax
    }

    /// Creates a table from names in column order.
    ///
    /// - Throws: `badColumnNames` with the column as its offset if a name is empty or repeated, or
    ///   if there are more than `columnsMax`.
    package init(names: [String], columnsMax: Int) throws(AudiencePageError) {
        self.init(columnsMax: columnsMax)
        for (column, var name) in names.enumerated() {
            let added = name.withUTF8 { utf8 -> Bool in
                let name = UnsafeRawBufferPointer(utf8)
                return unsafe self.column(of: name) == nil && insert(name) != nil
            }
            if !added { throw AudiencePageError(.badColumnNames, offset: column) }
        }
    }

    /// The number of columns.
    package var count: Int { names.count }

    /// The column of a variable, if there is one.
    package func column(of name: String) -> Int? {
        var name = name
        return name.withUTF8 { unsafe column(of: UnsafeRawBufferPointer($0)) }
    }

    /// The column of a variable whose name is given as UTF-8, if there is one.
    ///
    /// - Parameters:
    ///   - name: The bytes of the name.
    ///   - guess: The column that it probably is, tried before any search. Rows mostly name their
    ///     variables in the same order, so the column after the last one is a good guess.
    /// - Returns: The column, or nil if the table has no such name.
    @unsafe
    package func column(of name: UnsafeRawBufferPointer, guess: Int = 0) -> Int? {
        if guess < count, unsafe isName(of: guess, equalTo: name) { return guess }
        var bucket = unsafe Self.hash(name) & (buckets.count - 1)
        while buckets[bucket] != 0 {
            let column = Int(buckets[bucket]) - 1
            if unsafe isName(of: column, equalTo: name) { return column }
            bucket = (bucket + 1) & (buckets.count - 1)
        }
        return nil
    }

    /// Adds a column for a name that the table does not have yet.
    ///
    /// - Parameter name: The name's bytes, valid UTF-8.
    /// - Returns: The new column, or nil if the table is full or the name is empty.
    @unsafe
    package mutating func insert(_ name: UnsafeRawBufferPointer) -> Int? {
        guard count < columnsMax, name.count > 0 else { return nil }
        let column = count
        unsafe bytes.append(contentsOf: name)
        ends.append(bytes.count)
        unsafe names.append(String(decoding: name, as: UTF8.self))
        if 2 * count > buckets.count {
            buckets = Array(repeating: 0, count: 2 * buckets.count)
            for earlier in 0..<column { place(earlier) }
        }
        place(column)
        return column
    }

    private mutating func place(_ column: Int) {
        let start = column == 0 ? 0 : ends[column - 1]
        let hash = unsafe bytes.withUnsafeBytes { all in
            unsafe Self.hash(UnsafeRawBufferPointer(rebasing: all[start..<ends[column]]))
        }
        var bucket = hash & (buckets.count - 1)
        while buckets[bucket] != 0 { bucket = (bucket + 1) & (buckets.count - 1) }
        buckets[bucket] = UInt16(column + 1)
    }

    private func isName(of column: Int, equalTo name: UnsafeRawBufferPointer) -> Bool {
        let start = column == 0 ? 0 : ends[column - 1]
        guard ends[column] - start == name.count else { return false }
        for index in 0..<name.count where unsafe bytes[start + index] != name[index] {
            return false
        }
        return true
    }

    /// FNV-1a, folded.
    ///
    /// The table is small and bounded, so names chosen to collide cost little.
    private static func hash(_ name: UnsafeRawBufferPointer) -> Int {
        Int(unsafe FNV1a.fold(FNV1a.hash(name)))
    }
}
