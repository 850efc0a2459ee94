"""Which modules the gateway would have loaded when it begins to serve."""

import json
import os
import sys

from ralex_stack.gateway import runtime
from ralex_stack.gateway.entry import environment, read_secrets, secrets_directory

runtime.before_loading()
os.environ.update(environment(read_secrets(secrets_directory(os.environ)), os.environ))
# Loads all of LiteLLM's proxy.
import ralex_stack.gateway.serve  # noqa: E402, F401

print(json.dumps(sorted(name for name, module in sys.modules.items() if module is not None)))
