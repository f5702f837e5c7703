"""What lets the fuzzer come past the first check of a request.

Values that are made from the OpenAPI document alone name nothing that exists, and hardly ever are a
template, a filter or a URL. So an app gets something of everything first, and then some of the
generated requests get the id of what exists, or a body that is right, in place of what was made up.
Which ones depends on the request alone, so that a failure can be repeated.
"""

import json
import os
import urllib.error
import urllib.request
import zlib

import schemathesis

SERVER = os.environ["FUZZ_API_SERVER"]
KEY = os.environ["FUZZ_API_KEY"]
RECEIVER = os.environ["FUZZ_API_RECEIVER"]

# As many ids of a kind as are remembered: the newest, since old ones may be deleted.
REMEMBERED = 16

CONTENT = {"format": "text", "body": "Hi {{ name }}", "url": RECEIVER}
TEMPLATE = {
    "name": "Hi", "channel_type": "webhook", "message_type": "marketing", "content": CONTENT,
}
CAMPAIGN = {"name": "Spring", "template_id": "stock", "variables": {"name": "you"}}
TARGETS = {"target_ids": ["ada", "bob"]}
ACTS = {"items": [{"id": "{deliveries}", "action": "read"}]}

# Bodies that are right, by operation.
BODIES = {
    "create_app": {"name": "Another"},
    "create_key": {"name": "ci", "permissions": ["view_campaigns"]},
    "create_user": {"id": "u{number}", "attributes": {"plan": "pro"}},
    "bulk_users": {"users": [{"id": "cid"}, {"id": "dan"}]},
    "query_users": {"filter": {"tags": "vip"}},
    "report_events": {"events": [{"user_id": "ada", "name": "opened"}]},
    "declare_attribute": {"type": "string", "indexed": True},
    "bulk_suppressions": {"action": "add", "user_ids": ["dan"]},
    "create_segment": {"name": "Vips", "filter": {"tags": "vip"}},
    "update_segment": {"filter": {"tags": "vip"}},
    "query_segments": {"sort": ["name"]},
    "add_segment_targets": TARGETS,
    "remove_segment_targets": TARGETS,
    "create_template": TEMPLATE,
    "create_template_version": {"content": CONTENT},
    "reject_template_version": {"reason": "misspelt"},
    "preview_template": {"variables": {"name": "you"}},
    "preview_template_version": {"user_id": "ada"},
    "put_provider": {"url": RECEIVER, "attempts": 2},
    "put_limits": {"limits": [{"level": "app", "rate": "1000/s"}]},
    "create_campaign": CAMPAIGN,
    "query_campaigns": {"filter": {"status": "draft"}, "sort": ["-created_at"]},
    "copy_campaign": {},
    "update_campaign": {"title": "Spring is here"},
    "add_recipients": {"recipients": [{"user_id": "ada"}, {"user_id": "eve"}]},
    "remove_recipients": {"user_ids": ["eve"]},
    "test_campaign": {"user_id": "ada"},
    "schedule_campaign": {"at": "2999-01-01T00:00:00Z"},
    "retry_failed": {"scope": ["failed", "pending"]},
    "trigger_campaign": {"variables": {}},
    "record_engagement": ACTS,
    "make_engagement_link": {"action": "read"},
    "send_notification": {"template_id": "stock", "targets": [{"user_id": "ada"}]},
    "create_event_webhook": {"url": RECEIVER},
    "update_event_webhook": {"is_enabled": True},
    "rotate_event_webhook_secret": {},
}
FILES = {
    "import_users": "user_id,name\nada,Ada\nbob,Bob\n",
    "upload_recipients": "user_id,name\nada,Ada\n",
}
# A body of another operation would not fit them; these say what they are by the media type.
FILE_TYPE = "text/csv"

# What is kept for operations that need it in one state; no other request gets to it but by chance.
RESERVED = {
    "start_campaign": {"id": "ready"}, "upload_recipients": {"id": "draft"},
    "unschedule_campaign": {"id": "scheduled"}, "trigger_campaign": {"id": "api"},
    "reject_template_version": {"id": "rejectable", "version": "1"},
    "get_segment_target": {"id": "list", "target_id": "ada"},
    "pause_campaign": {"id": "slow"},
} | {name: {"id": "paused"} for name in ("resume_campaign", "stop_campaign", "retry_failed")
} | {name: {"id": "list"} for name in (
    "add_segment_targets", "remove_segment_targets", "list_segment_targets",
    "query_segment_targets")}

# What may stand in a path, by the resource before it; more is learned from answers.
known = {
    "users": ["ada", "bob"], "suppressions": ["ada"], "attributes": ["plan"],
    "providers": ["webhook"], "versions": ["1", "2"], "targets": ["ada"], "e": [],
}


def learn(resource, found):
    ids = known.setdefault(resource, [])
    is_reserved = any(found == values.get("id") for values in RESERVED.values())
    if isinstance(found, str) and found not in ids and not is_reserved:
        ids.append(found)
        if len(ids) > REMEMBERED:
            del ids[0]


def learn_from(path, answer):
    """Remembers the ids in an answer: one resource, or a page of a list."""
    if not isinstance(answer, dict):
        return
    steps = path.strip("/").split("/")
    for name in ("id", "batch_id", "run_id"):
        resource = {"test": "messages", "copy": "campaigns", "trigger": "campaigns"}.get(
            steps[-1], steps[-1])
        if len(steps) == 2 or resource != steps[-1]:
            learn(resource, answer.get(name))
    for resource, items in answer.items():
        if isinstance(items, list):
            for item in items[:3]:
                if isinstance(item, dict):
                    learn(resource, item.get("id"))
    link = answer.get("url")
    if isinstance(link, str) and "/e/" in link:
        learn("e", link.split("/e/")[1].split("?")[0])


def ask(method, path, body=None, text=None):
    """Makes a request of the beginning, which has to have success."""
    data = text.encode() if text else json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(SERVER + path, data=data, method=method)
    request.add_header("Authorization", "Bearer " + KEY)
    request.add_header("Content-Type", FILE_TYPE if text else "application/json")
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            content = response.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"fuzz-api: {method} {path}: {error.read().decode()}") from error
    if response.headers.get("Content-Type") == "application/json":
        learn_from(path, json.loads(content))


def begin():
    """Gives the app something of everything."""
    ask("PUT", "/v1/users/ada", {"name": "Ada", "tags": ["vip"]})
    ask("PUT", "/v1/users/bob", {"name": "Bob"})
    ask("POST", "/v1/templates", TEMPLATE | {"id": "stock"})
    ask("POST", "/v1/templates/stock/versions/1/publish")
    ask("POST", "/v1/templates", TEMPLATE | {"id": "rejectable"})
    ask("POST", "/v1/segments", {"id": "list", "name": "List"})
    ask("POST", "/v1/segments/list/targets/add", TARGETS)
    for name in ("draft", "ready", "scheduled", "slow", "paused", "api", "done", "other"):
        fields = {"id": name, "user_ids": ["ada", "bob"]}
        if name == "api":
            fields["trigger"] = "api"
        if name in ("slow", "paused"):
            fields["limits"] = {"rate": "1/h"}
        ask("POST", "/v1/campaigns", CAMPAIGN | fields)
    ask("POST", "/v1/campaigns/scheduled/schedule", BODIES["schedule_campaign"])
    for path in ("slow/start", "done/start", "paused/start", "paused/pause"):
        ask("POST", "/v1/campaigns/" + path)
    ask("POST", "/v1/notifications", BODIES["send_notification"])
    ask("GET", "/v1/campaigns/done/deliveries")
    ask("GET", "/v1/campaigns/done/executions")
    ask("POST", f"/v1/deliveries/{known['deliveries'][0]}/links", {"action": "read"})
    ask("POST", "/v1/event_webhooks", {"url": RECEIVER})
    webhook = known["event_webhooks"][0]
    ask("POST", f"/v1/event_webhooks/{webhook}/test")
    for name in ("get_event_message", "replay_event_message"):
        RESERVED[name] = {"id": webhook, "message_id": known["messages"][0]}


def filled(body, number):
    """A body with ids of what exists."""
    text = json.dumps(body).replace("{number}", str(number))
    for resource, ids in known.items():
        if ids:
            text = text.replace("{" + resource + "}", ids[-1])
    return json.loads(text)


@schemathesis.hook
def before_call(context, case, **_):
    number = zlib.crc32(
        repr((case.operation.label, case.path_parameters, case.query, case.body)).encode())
    name = case.operation.definition.raw.get("operationId")
    # Repeats under one key are refused, and generated keys are much the same.
    if number % 8 and case.headers:
        case.headers.pop("Idempotency-Key", None)
    steps = case.operation.path.strip("/").split("/")
    if name in RESERVED and number % 4:
        case.path_parameters.update(RESERVED[name])
    elif number % 3:
        for resource, step in zip(steps, steps[1:]):
            ids = known.get(resource)
            if step.startswith("{") and ids and case.path_parameters:
                case.path_parameters[step.strip("{}")] = ids[number // 3 % len(ids)]
    if number // 64 % 3 == 0:
        if name in FILES:
            case.body, case.media_type = FILES[name], FILE_TYPE
        elif name in BODIES:
            case.body, case.media_type = filled(BODIES[name], number), "application/json"


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code < 300 and response.content[:1] == b"{":
        learn_from(case.operation.path, json.loads(response.content))


begin()
