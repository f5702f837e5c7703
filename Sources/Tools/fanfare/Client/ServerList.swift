import JSON

/// A list of the API, page after page.
enum ServerList {
    /// Rows that one request asks for.
    private static let pageSize = 1_000

    /// Asks for rows until there are enough or no more.
    ///
    /// - Parameters:
    ///   - client: Whom to ask.
    ///   - path: The list's path.
    ///   - name: What the answer calls the rows.
    ///   - limit: How many rows are wanted.
    /// - Returns: The pages as they came, the rows, and whether there are more.
    /// - Throws: `ServerFailure`.
    static func read(
        _ client: ServerClient, _ path: String, name: String, limit: Int
    ) async throws -> (pages: [String], rows: [JSONValue], hasMore: Bool) {
        var pages: [String] = []
        var rows: [JSONValue] = []
        var next: String?
        repeat {
            var query = [("limit", "\(min(pageSize, limit - rows.count))")]
            if let next { query.append(("next", next)) }
            let reply = try await client.get(path, query: query)
            let page = try reply.json()
            pages.append(reply.text)
            rows += page[name]?.array ?? []
            next = page["next"]?.string
        } while next != nil && rows.count < limit
        return (pages, rows, next != nil)
    }
}

/// A list as it is printed.
struct ListOptions {
    let path: String
    let name: String
    let header: [String]
    var numbers: Set<Int> = []
    let cells: @Sendable (JSONValue) -> [String]

    /// Reads the list and prints it.
    func show(_ options: ServerOptions, limit: Int) throws {
        guard limit > 0 else { throw CommandFailure.usage("--limit: expected 1 or more") }
        let client = try options.client()
        let list = try BlockingTask.run { [path, name] in
            try await ServerList.read(client, path, name: name, limit: limit)
        }
        if options.json {
            for page in list.pages { Terminal.output(page) }
            return
        }
        let rows = list.rows.map { cells($0).map(Terminal.harmless) }
        for line in TextTable.aligned([header] + rows, numbers: numbers) { Terminal.output(line) }
        if list.hasMore { Terminal.error("there are more; --limit says how many are listed") }
    }
}

extension JSONValue {
    /// A field as a cell of a table: a dash where there is none.
    func cell(_ field: String) -> String {
        switch self[field] {
        case .string(let text): text.isEmpty ? "-" : text
        case .integer(let number) where number >= 0: Figures.grouped(UInt64(number))
        case .bool(let value): value ? "yes" : "no"
        case .none, .null: "-"
        case .some(let value): value.encoded
        }
    }

    /// A moment as a cell: to the second, since that tells rows apart.
    func timeCell(_ field: String) -> String {
        guard let text = self[field]?.string else { return "-" }
        return text.count > 19 ? String(text.prefix(19)) + "Z" : text
    }
}
