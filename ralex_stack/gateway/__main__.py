"""Start LiteLLM with the secrets of the container: `python -m ralex_stack.gateway`."""

import sys

from ralex_stack.gateway import runtime
from ralex_stack.gateway.entry import main

runtime.before_loading()
sys.exit(main())
