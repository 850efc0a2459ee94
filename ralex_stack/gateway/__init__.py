"""What is baked into the gateway's image: entry point, health check and LiteLLM hooks."""
