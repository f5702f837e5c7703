package import Filters
package import GRDB

extension FilterSchema {
    /// The fields of an app's users, with the attributes that the app has declared.
    package static func users(app: AppRowID, _ db: Database) throws -> FilterSchema {
        .users(app: app.rawValue, attributes: try Attributes.declared(app, db))
    }
}
