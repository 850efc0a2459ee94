"""Start LiteLLM with the secrets of the container: `python -m ralex_stack.gateway`.

With the argument `migrate`, bring its database up to date instead.
"""

import sys

from ralex_stack.gateway import runtime
from ralex_stack.gateway.entry import main

if sys.argv[1:] == ["migrate"]:
    from ralex_stack.gateway.migrate import main

runtime.before_loading()
sys.exit(main())
