import GRDB
import Jinja

/// Lists in the order of their row numbers.
enum Paging {
    /// The row number after which a page begins.
    static func after(_ page: PageRequest, query: String) throws(Problem) -> Int64 {
        guard let next = page.next else { return .min }
        let cursor = try Cursor(next, of: Cursor.fingerprint(query), count: 1)
        guard let after = cursor.values[0].integer else {
            throw Problem(.invalidCursor, "expected a cursor of this list")
        }
        return after
    }

    /// A page from one row more than it shows.
    static func page(
        _ rows: [Row], _ page: PageRequest, query: String, view: (Row) -> JSONValue
    ) -> ListPage {
        let shown = rows.prefix(page.limit)
        var next: Cursor?
        if rows.count > page.limit, let last = shown.last {
            next = Cursor(
                fingerprint: Cursor.fingerprint(query), values: [.integer(last["pk"])])
        }
        return ListPage(items: shown.map(view), next: next)
    }
}
