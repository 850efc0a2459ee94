"""Keys for people, CI jobs and agents: made and revoked while the gateway runs.

They live in Valkey, under their SHA-256, so every replica of the gateway knows them and nobody can
read one. LiteLLM has such keys too (virtual keys), but only in a database.
"""
