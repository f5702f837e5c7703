/// Where each operation is found: the whole of what REST adds to them.
///
/// The ids of an operation stand in braces, by their names and in their order.
package enum RoutePaths {
    /// A method and a path.
    package typealias Place = (method: Route.Method, path: String)

    /// By the name of the operation.
    package static let all: [String: Place] = [
        identity, templates, providers, segments, campaigns, deliveries, engagement, limits,
        notifications, users, audience, eventWebhooks,
    ].reduce(into: [:]) { all, area in
        all.merge(area) { _, _ in preconditionFailure("an operation has two places") }
    }

    private static let identity: [String: Place] = [
        "create_app": (.post, "/v1/apps"),
        "list_apps": (.get, "/v1/apps"),
        "get_app": (.get, "/v1/app"),
        "update_app": (.patch, "/v1/app"),
        "list_audit": (.get, "/v1/audit"),
        "create_key": (.post, "/v1/keys"),
        "list_keys": (.get, "/v1/keys"),
        "get_key": (.get, "/v1/keys/{id}"),
        "revoke_key": (.delete, "/v1/keys/{id}"),
    ]

    private static let templates: [String: Place] = [
        "create_template": (.post, "/v1/templates"),
        "list_templates": (.get, "/v1/templates"),
        "get_template": (.get, "/v1/templates/{id}"),
        "update_template": (.patch, "/v1/templates/{id}"),
        "delete_template": (.delete, "/v1/templates/{id}"),
        "create_template_version": (.post, "/v1/templates/{id}/versions"),
        "list_template_versions": (.get, "/v1/templates/{id}/versions"),
        "get_template_version": (.get, "/v1/templates/{id}/versions/{version}"),
        "publish_template_version": (.post, "/v1/templates/{id}/versions/{version}/publish"),
        "reject_template_version": (.post, "/v1/templates/{id}/versions/{version}/reject"),
        "preview_template": (.post, "/v1/templates/{id}/preview"),
        "preview_template_version": (.post, "/v1/templates/{id}/versions/{version}/preview"),
    ]

    private static let providers: [String: Place] = [
        "list_providers": (.get, "/v1/providers"),
        "get_provider": (.get, "/v1/providers/{type}"),
        "put_provider": (.put, "/v1/providers/{type}"),
        "delete_provider": (.delete, "/v1/providers/{type}"),
    ]

    private static let segments: [String: Place] = [
        "create_segment": (.post, "/v1/segments"),
        "get_segment": (.get, "/v1/segments/{id}"),
        "update_segment": (.patch, "/v1/segments/{id}"),
        "delete_segment": (.delete, "/v1/segments/{id}"),
        "query_segments": (.post, "/v1/segments/query"),
        "count_segment": (.post, "/v1/segments/{id}/count"),
        "add_segment_targets": (.post, "/v1/segments/{id}/targets/add"),
        "remove_segment_targets": (.post, "/v1/segments/{id}/targets/remove"),
        "get_segment_target": (.get, "/v1/segments/{id}/targets/{target_id}"),
        "list_segment_targets": (.get, "/v1/segments/{id}/targets"),
        "query_segment_targets": (.post, "/v1/segments/{id}/targets/query"),
    ]

    private static let campaigns: [String: Place] = [
        "create_campaign": (.post, "/v1/campaigns"),
        "list_campaigns": (.get, "/v1/campaigns"),
        "query_campaigns": (.post, "/v1/campaigns/query"),
        "get_campaign": (.get, "/v1/campaigns/{id}"),
        "update_campaign": (.patch, "/v1/campaigns/{id}"),
        "delete_campaign": (.delete, "/v1/campaigns/{id}"),
        "copy_campaign": (.post, "/v1/campaigns/{id}/copy"),
        "get_campaign_stats": (.get, "/v1/campaigns/{id}/stats"),
        "add_recipients": (.post, "/v1/campaigns/{id}/recipients"),
        "upload_recipients": (.post, "/v1/campaigns/{id}/recipients/upload"),
        "list_recipients": (.get, "/v1/campaigns/{id}/recipients"),
        "remove_recipients": (.post, "/v1/campaigns/{id}/recipients/remove"),
        "estimate_campaign": (.post, "/v1/campaigns/{id}/estimate"),
        "rehearse_campaign": (.post, "/v1/campaigns/{id}/rehearse"),
        "test_campaign": (.post, "/v1/campaigns/{id}/test"),
        "start_campaign": (.post, "/v1/campaigns/{id}/start"),
        "schedule_campaign": (.post, "/v1/campaigns/{id}/schedule"),
        "unschedule_campaign": (.post, "/v1/campaigns/{id}/unschedule"),
        "pause_campaign": (.post, "/v1/campaigns/{id}/pause"),
        "resume_campaign": (.post, "/v1/campaigns/{id}/resume"),
        "stop_campaign": (.post, "/v1/campaigns/{id}/stop"),
        "retry_failed": (.post, "/v1/campaigns/{id}/retry_failed"),
        "trigger_campaign": (.post, "/v1/campaigns/{id}/trigger"),
    ]

    private static let deliveries: [String: Place] = [
        "list_deliveries": (.get, "/v1/campaigns/{id}/deliveries"),
        "list_user_deliveries": (.get, "/v1/users/{id}/deliveries"),
        "get_delivery": (.get, "/v1/deliveries/{id}"),
        "get_delivery_message": (.get, "/v1/deliveries/{id}/message"),
        "export_deliveries": (.get, "/v1/campaigns/{id}/export"),
        "list_executions": (.get, "/v1/campaigns/{id}/executions"),
        "get_execution": (.get, "/v1/executions/{id}"),
    ]

    private static let engagement: [String: Place] = [
        "record_engagement": (.post, "/v1/deliveries/engagement"),
        "make_engagement_link": (.post, "/v1/deliveries/{id}/links"),
        "follow_engagement_link": (.get, "/e/{token}"),
        "read_delivery": (.post, "/v1/deliveries/{id}/read"),
        "acknowledge_delivery": (.post, "/v1/deliveries/{id}/acknowledge"),
    ]

    private static let limits: [String: Place] = [
        "get_limits": (.get, "/v1/limits"),
        "put_limits": (.put, "/v1/limits"),
        "get_quota": (.get, "/v1/quota"),
    ]

    private static let notifications: [String: Place] = [
        "send_notification": (.post, "/v1/notifications"),
        "get_notification": (.get, "/v1/notifications/{id}"),
    ]

    private static let users: [String: Place] = [
        "create_user": (.post, "/v1/users"),
        "get_user": (.get, "/v1/users/{id}"),
        "put_user": (.put, "/v1/users/{id}"),
        "update_user": (.patch, "/v1/users/{id}"),
        "delete_user": (.delete, "/v1/users/{id}"),
        "query_users": (.post, "/v1/users/query"),
        "bulk_users": (.post, "/v1/users/bulk"),
        "import_users": (.post, "/v1/users/import"),
        "report_events": (.post, "/v1/events"),
    ]

    private static let audience: [String: Place] = [
        "list_attributes": (.get, "/v1/attributes"),
        "declare_attribute": (.put, "/v1/attributes/{path}"),
        "withdraw_attribute": (.delete, "/v1/attributes/{path}"),
        "list_suppressions": (.get, "/v1/suppressions"),
        "suppress": (.put, "/v1/suppressions/{user_id}"),
        "release": (.delete, "/v1/suppressions/{user_id}"),
        "bulk_suppressions": (.post, "/v1/suppressions/bulk"),
    ]

    private static let eventWebhooks: [String: Place] = [
        "create_event_webhook": (.post, "/v1/event_webhooks"),
        "list_event_webhooks": (.get, "/v1/event_webhooks"),
        "get_event_webhook": (.get, "/v1/event_webhooks/{id}"),
        "update_event_webhook": (.patch, "/v1/event_webhooks/{id}"),
        "delete_event_webhook": (.delete, "/v1/event_webhooks/{id}"),
        "rotate_event_webhook_secret": (.post, "/v1/event_webhooks/{id}/rotate_secret"),
        "test_event_webhook": (.post, "/v1/event_webhooks/{id}/test"),
        "list_event_messages": (.get, "/v1/event_webhooks/{id}/messages"),
        "get_event_message": (.get, "/v1/event_webhooks/{id}/messages/{message_id}"),
        "replay_event_message": (.post, "/v1/event_webhooks/{id}/messages/{message_id}/replay"),
    ]
}
