import GRDB

/// The tables of the control plane, as steps from an empty file to the current layout.
///
/// A step that was released never changes: a new layout is a new step. Times are Unix milliseconds.
/// Rows refer to each other by `pk`; `id` is what the API shows, unique within its app.
enum ControlSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { db in
            for step in [
                identity, people, messages,
                campaignTable("campaign", key: "INTEGER PRIMARY KEY"), campaignIndexes, campaigns,
                records,
            ] {
                try db.execute(sql: step)
            }
        }
        migrator.registerMigration("2") { db in try db.execute(sql: campaignNumbers) }
        return migrator
    }

    /// Tenants, their keys, and who changed what.
    private static let identity = """
        CREATE TABLE app (
            pk INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            mau INTEGER NOT NULL,
            quota_multiplier INTEGER NOT NULL,
            quota_policy TEXT NOT NULL,
            consent_default TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE api_key (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL REFERENCES app(pk),
            id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            hash BLOB NOT NULL UNIQUE,
            permissions TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            expires_at INTEGER,
            revoked_at INTEGER,
            last_used_at INTEGER
        ) STRICT;
        CREATE INDEX api_key_app ON api_key (app, pk);
        CREATE TABLE audit (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL REFERENCES app(pk),
            at INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            resource TEXT NOT NULL,
            resource_id TEXT NOT NULL,
            before TEXT,
            after TEXT
        ) STRICT;
        CREATE INDEX audit_app ON audit (app, pk);
        CREATE INDEX audit_resource ON audit (app, resource, resource_id, pk);
        CREATE TABLE idempotency (
            app INTEGER NOT NULL REFERENCES app(pk),
            key TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            state TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            status INTEGER,
            answer BLOB,
            PRIMARY KEY (app, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX idempotency_age ON idempotency (created_at);
        CREATE TABLE setting (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Users, what is known of them, and who must not be sent to.
    private static let people = """
        CREATE TABLE user (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT,
            locale TEXT,
            timezone TEXT,
            attributes TEXT NOT NULL DEFAULT '{}',
            tags TEXT NOT NULL DEFAULT '[]',
            consent TEXT NOT NULL DEFAULT '{}',
            endpoints TEXT NOT NULL DEFAULT '[]',
            last_active_at INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX user_id ON user (app, id);
        CREATE INDEX user_created ON user (app, created_at);
        -- Without figures SQLite takes an app for ten users, and any index that begins with it for
        -- better than those of attributes.
        ANALYZE sqlite_schema;
        INSERT INTO sqlite_stat1 VALUES
            ('user', 'user_id', '1000000 1000 1'), ('user', 'user_created', '1000000 1000 10');
        -- Tags by number: a user's entry is small, and compared by numbers.
        CREATE TABLE tag (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            name TEXT NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX tag_name ON tag (app, name);
        CREATE TABLE user_tag (
            tag INTEGER NOT NULL,
            user INTEGER NOT NULL,
            PRIMARY KEY (tag, user)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE user_event (
            app INTEGER NOT NULL,
            name TEXT NOT NULL,
            user INTEGER NOT NULL,
            count INTEGER NOT NULL,
            first_at INTEGER NOT NULL,
            last_at INTEGER NOT NULL,
            PRIMARY KEY (app, name, user)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX user_event_user ON user_event (user);
        CREATE INDEX user_event_last ON user_event (app, name, last_at);
        CREATE TABLE attribute (
            app INTEGER NOT NULL,
            path TEXT NOT NULL,
            type TEXT NOT NULL,
            indexed INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (app, path)
        ) STRICT, WITHOUT ROWID;
        -- Who must not be sent to, and why; read at each send from a table in memory.
        CREATE TABLE ineligible (
            app INTEGER NOT NULL,
            user_id TEXT NOT NULL,
            channel_type TEXT NOT NULL,
            reason TEXT NOT NULL,
            note TEXT,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (app, reason, user_id, channel_type)
        ) STRICT, WITHOUT ROWID;
        -- Who has consented, of apps where everybody else must not be sent to.
        CREATE TABLE consent_grant (
            app INTEGER NOT NULL,
            user_id TEXT NOT NULL,
            channel_type TEXT NOT NULL,
            PRIMARY KEY (app, user_id, channel_type)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE segment (
            -- Never used again: targets of a deleted segment go bit by bit.
            pk INTEGER PRIMARY KEY AUTOINCREMENT,
            app INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            type TEXT NOT NULL,
            kind TEXT NOT NULL,
            all_users INTEGER GENERATED ALWAYS AS (kind = 'all_users') VIRTUAL,
            filter TEXT,
            size INTEGER NOT NULL,
            size_state TEXT NOT NULL,
            counted_at INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX segment_id ON segment (app, id);
        CREATE INDEX segment_created ON segment (app, created_at);
        CREATE INDEX segment_pending ON segment (counted_at) WHERE size_state = 'pending';
        CREATE TABLE segment_target (
            segment INTEGER NOT NULL,
            target_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (segment, target_id)
        ) STRICT, WITHOUT ROWID;
        """

    /// Templates and where messages go.
    private static let messages = """
        CREATE TABLE template (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            description TEXT NOT NULL,
            channel_type TEXT NOT NULL,
            message_type TEXT NOT NULL,
            latest_version INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX template_id ON template (app, id);
        CREATE TABLE template_version (
            template INTEGER NOT NULL,
            version INTEGER NOT NULL,
            state TEXT NOT NULL,
            content TEXT NOT NULL,
            variable_schema TEXT,
            reason TEXT,
            created_at INTEGER NOT NULL,
            decided_at INTEGER,
            PRIMARY KEY (template, version)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE provider (
            app INTEGER NOT NULL,
            type TEXT NOT NULL,
            settings TEXT NOT NULL,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (app, type)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE send_limit (
            app INTEGER NOT NULL,
            level TEXT NOT NULL,
            name TEXT NOT NULL,
            rate TEXT NOT NULL,
            burst INTEGER,
            in_flight INTEGER,
            debt INTEGER NOT NULL DEFAULT 0,
            saved_at INTEGER NOT NULL DEFAULT 0,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (app, level, name)
        ) STRICT, WITHOUT ROWID;
        """

    private static let campaigns = """
        CREATE TABLE campaign_recipient (
            campaign INTEGER NOT NULL,
            user_id TEXT NOT NULL,
            variables TEXT NOT NULL,
            PRIMARY KEY (campaign, user_id)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE trigger_run (
            campaign INTEGER NOT NULL,
            key TEXT NOT NULL,
            run_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (campaign, key)
        ) STRICT, WITHOUT ROWID;
        -- What ended campaigns used of a month's quota; those that have not ended keep their own.
        CREATE TABLE quota_used (
            app INTEGER NOT NULL,
            month TEXT NOT NULL,
            campaign TEXT NOT NULL,
            used INTEGER NOT NULL,
            PRIMARY KEY (app, month, campaign)
        ) STRICT, WITHOUT ROWID;
        """

    /// What people did with messages, and what the app is told.
    private static let records = """
        CREATE TABLE engagement (
            campaign INTEGER NOT NULL,
            ordinal INTEGER NOT NULL,
            read_at INTEGER,
            acknowledged_at INTEGER,
            PRIMARY KEY (campaign, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE event_webhook (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            id TEXT NOT NULL UNIQUE,
            url TEXT NOT NULL,
            description TEXT NOT NULL,
            events TEXT NOT NULL,
            secret TEXT NOT NULL,
            previous_secret TEXT,
            previous_secret_until INTEGER,
            is_enabled INTEGER NOT NULL,
            disabled_reason TEXT,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX event_webhook_app ON event_webhook (app, pk);
        CREATE TABLE event_message (
            pk INTEGER PRIMARY KEY,
            app INTEGER NOT NULL,
            webhook INTEGER NOT NULL REFERENCES event_webhook(pk) ON DELETE CASCADE,
            id TEXT NOT NULL UNIQUE,
            type TEXT NOT NULL,
            payload TEXT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL,
            due_at INTEGER,
            last_attempt_at INTEGER,
            last_status INTEGER,
            last_error TEXT,
            replay_of TEXT,
            created_at INTEGER NOT NULL,
            delivered_at INTEGER
        ) STRICT;
        -- The queue: by webhook first, so that the backlog of one is never in another's way.
        CREATE INDEX event_message_queue ON event_message (webhook, due_at)
            WHERE due_at IS NOT NULL;
        CREATE INDEX event_message_delivered ON event_message (delivered_at)
            WHERE delivered_at IS NOT NULL;
        CREATE INDEX event_message_state ON event_message (webhook, state, pk);
        CREATE INDEX event_message_list ON event_message (webhook, pk);
        """

    private static func campaignTable(_ name: String, key: String) -> String {
        """
        CREATE TABLE \(name) (
            pk \(key),
            app INTEGER NOT NULL,
            id TEXT NOT NULL,
            engine_id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            name TEXT NOT NULL,
            title TEXT NOT NULL,
            description TEXT NOT NULL,
            tag TEXT,
            sender_id TEXT,
            template_id TEXT,
            template_version INTEGER,
            segment_ids TEXT NOT NULL,
            user_ids TEXT NOT NULL,
            variables TEXT NOT NULL,
            delivery_mode TEXT NOT NULL,
            delivery_guarantee TEXT NOT NULL,
            quota_policy TEXT,
            ack_deadline INTEGER,
            trigger TEXT NOT NULL,
            parent TEXT,
            skip_push INTEGER NOT NULL,
            skip_webhook INTEGER NOT NULL,
            status TEXT NOT NULL,
            status_reason TEXT,
            scheduled_for INTEGER,
            schedule TEXT,
            stop_at INTEGER,
            created_at INTEGER NOT NULL,
            updated_at INTEGER NOT NULL,
            started_at INTEGER,
            completed_at INTEGER,
            -- 1 while a run holds pages: what a dead process left is settled at the next start.
            is_open INTEGER NOT NULL DEFAULT 0,
            recipients INTEGER NOT NULL DEFAULT 0,
            -- Of its own files when it last ran; 0 while it runs.
            storage_bytes INTEGER NOT NULL DEFAULT 0,
            read_count INTEGER NOT NULL DEFAULT 0,
            acknowledged_count INTEGER NOT NULL DEFAULT 0,
            -- The figures of the last run's end; a running campaign's are live.
            tally TEXT NOT NULL DEFAULT '{}'
        ) STRICT;
        """
    }

    private static let campaignIndexes = """
        CREATE UNIQUE INDEX campaign_id ON campaign (app, id);
        -- With what metrics add up, so that they read no row of the table.
        CREATE INDEX campaign_status ON campaign (status, pk, recipients, storage_bytes);
        CREATE INDEX campaign_open ON campaign (pk) WHERE is_open = 1;
        CREATE INDEX campaign_created ON campaign (app, created_at, pk);
        """

    /// A campaign's number is never used again: what is known of a removed one in memory must not
    /// be taken for another's.
    private static let campaignNumbers =
        campaignTable("campaign_2", key: "INTEGER PRIMARY KEY AUTOINCREMENT") + """

            INSERT INTO campaign_2 SELECT * FROM campaign;
            DROP TABLE campaign;
            ALTER TABLE campaign_2 RENAME TO campaign;

            """ + campaignIndexes
}
