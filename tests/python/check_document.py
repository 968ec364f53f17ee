"""Holds real answers of a server against its own OpenAPI document, which has to say everything that they hold and
nothing else: objects are closed, every operation is asked, and each of its answers is one that it declares.

Arguments: the address, the token that may operate, an absolute path for a backup. Prints the operations that were held
against the document."""

import datetime
import json
import sys
import urllib.error
import urllib.parse
import urllib.request

import jsonschema_rs

BASE, TOKEN, BACKUP = sys.argv[1:]
DAY = "from=2026-11-20&to=2026-11-21"
ALL = "from=2020-01-01&to=2040-01-01"

# What is asked of each operation: the part behind the path, or what stands for the parameter in it. No entry: once, as
# it is.
QUERIES = {
    "GET /api/v1/summary": ["", DAY, f"{DAY}&explain=true", f"{DAY}&service=none", "from=2026-11-20T00:00:01Z&to=2026-11-21&explain=true"],
    "GET /api/v1/series": [f"{ALL}&every={every}" for every in ("minute", "hour", "day", "month", "year")],
    "GET /api/v1/ledger": ["", ALL],
    "GET /api/v1/rejects": ["", "reason=not_json&limit=1"],
    "GET /api/v1/jobs/history": ["", "name=batch&limit=1"],
    "POST /api/v1/verify": ["", DAY],
    "POST /api/v1/backup": [urllib.parse.urlencode({"dir": BACKUP})],
}
IN_PATH = {"/api/v1/jobs/{name}/run": [("{name}", "batch"), ("{name}", "nothing")]}
# Streams without end.
ENDLESS = {"GET /api/v1/tail", "GET /api/v1/live"}
# Operations whose answer would be no proof if it were empty.
FULL = {"/api/v1/services", "/api/v1/ledger", "/api/v1/rejects", "/api/v1/jobs", "/api/v1/jobs/history", "/api/v1/starts"}


def ask(method, path, body=None, headers={}):
    request = urllib.request.Request(BASE + path, method=method, data=body, headers={"Authorization": f"Bearer {TOKEN}", **headers})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers.get_content_type(), answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers.get_content_type(), refusal.read()


def closed(part):
    """The same schema, with objects that hold nothing but what is named."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    part = {key: closed(value) for key, value in part.items()}
    return {"additionalProperties": False, **part} if isinstance(part.get("properties"), dict) else part


document = json.loads(ask("GET", "/api/v1/openapi.json")[2])
components = {"components": closed(document["components"])}
held = set()


def hold(name, operation, status, kind, body):
    declared = operation["responses"].get(str(status))
    assert declared, f"{name} answered {status}, which it does not declare: {body[:300]}"
    assert kind in declared["content"], f"{name} answered {kind}, declared are {list(declared['content'])}"
    if kind == "application/json":
        schema = {**closed(declared["content"][kind]["schema"]), **components}
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        problems = [f"{list(error.instance_path)}: {error.message}" for error in validator.iter_errors(json.loads(body))]
        assert not problems, f"{name}: {problems[:5]}"


def example(given):
    """The example of a body, its schema's, or one made of its properties'."""
    name = given.get("schema", {}).get("$ref", "").rpartition("/")[2]
    schema = document["components"]["schemas"].get(name, given.get("schema", {}))
    for place in (given, schema):
        if "example" in place:
            return place["example"]
        if place.get("examples"):
            return place["examples"][0]
    return {name: example({"schema": of}) for name, of in schema["properties"].items() if name in schema["required"]}


def bodies(operation):
    """A body of each type that the operation reads, by its examples; none where it reads none."""
    content = operation.get("requestBody", {}).get("content")
    if content is None:
        return [(None, {})]
    # a message of the example's time would be too old one day
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = lambda body: (body if isinstance(body, str) else json.dumps(body)).replace("2026-11-21T12:56:07Z", now)
    return [(text(example(given)).encode(), {"Content-Type": kind}) for kind, given in content.items()]


for path, item in document["paths"].items():
    for method, operation in item.items():
        name = f"{method.upper()} {path}"
        if name in ENDLESS:
            continue
        for written, meant in IN_PATH.get(path, [("", "")]):
            for query in QUERIES.get(name, [""]):
                for body, headers in bodies(operation):
                    asked = path.replace(written, meant) if written else path
                    status, kind, told = ask(method.upper(), f"{asked}?{query}" if query else asked, body, headers)
                    hold(name, operation, status, kind, told)
                    assert status == 200 or meant == "nothing", f"{name}?{query} answered {status}: {told[:300]}"
                    assert path not in FULL or query == "" or json.loads(told), f"{name}?{query} is empty"
        # a parameter that nobody knows is refused in the one shape
        status, kind, told = ask(method.upper(), f"{path}?colour=red")
        assert status == 400 or path in IN_PATH, f"{name} takes any parameter: {status} {told[:300]}"
        hold(name, operation, status, kind, told)
        held.add(name)

print(json.dumps(sorted(held)))
