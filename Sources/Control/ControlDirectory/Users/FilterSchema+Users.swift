package import Filters
package import GRDB

extension FilterSchema {
    /// The fields of an app's users, with the attributes that the app has declared.
    package static func users(app: Int64, _ db: Database) throws -> FilterSchema {
        .users(app: app, attributes: try Attributes.declared(app, db))
    }
}
