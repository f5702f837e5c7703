import CSQLite

/// Settings of the library itself, for all connections of the process.
package enum SQLiteLibrary {
    /// Stops SQLite from counting the memory that it takes: `SQLITE_CONFIG_MEMSTATUS`.
    ///
    /// The count is under one lock that every allocation of every thread takes; without it an
    /// insert costs a quarter less. Nobody reads it. It must be called before anything else of
    /// SQLite; later it has no effect.
    package static func skipMemoryCount() { _ = memoryCountIsOff }

    private static let memoryCountIsOff = fanfare_sqlite3_config_memstatus(0) == SQLITE_OK
}
