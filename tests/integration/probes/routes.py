"""Prints as JSON the paths of LiteLLM's OpenAPI with their methods; runs in the gateway."""

import json

from litellm.proxy.proxy_server import app

print(json.dumps({path: sorted(item) for path, item in app.openapi()["paths"].items()}))
