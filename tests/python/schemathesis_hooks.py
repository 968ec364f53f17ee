"""How bodies are written that are neither JSON nor plain text: as the text or the JSON that they are made of."""

import json

import schemathesis


@schemathesis.serializer("application/sql", "application/x-ndjson")
def text(context, value):
    return value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()
