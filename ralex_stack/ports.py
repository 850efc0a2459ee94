"""Ports that services listen on in their own containers."""

GATEWAY = 4000
ADMIN = 4001
"""LiteLLM's admin UI, at the edge."""
OPENCODE = 4096
VALKEY = 6379
POSTGRES = 5432
SIMULATOR = 4010
EMBEDDER = 8090
"""The embedding service, for the gateway alone."""
EDGE_INNER = 8080
"""The only door out of the sandbox's network."""
EDGE_HEALTH = 8079
"""On the loopback of the edge's container, for its health check."""
OPENCODE_HEALTH = 4098
"""On the loopback of the OpenCode container, for its health check."""
EGRESS = 3128
"""The proxy for what the sandbox may reach outside."""
EGRESS_HEALTH = 3129
"""On the loopback of the proxy's container, for its health check."""
PROMETHEUS = 9090
EDGE_METRICS = 9180
"""What Prometheus reads at the edge: its own metrics, and two paths of OpenCode."""
OPENCODE_METRICS = 4099
"""Those two paths, for a credential that opens no others."""
VALKEY_EXPORTER, PROBER, SESSIONS_EXPORTER = 9121, 9115, 9116
"""On the loopback of Prometheus' container."""

PUBLISHED = {GATEWAY: "gateway", ADMIN: "admin", OPENCODE: "opencode", PROMETHEUS: "prometheus"}
"""Port of the edge that is published → what is behind it."""
