"""Metrics of the gateway, where the stack has the token that they are read with.

LiteLLM's own callback costs a fifth of the throughput and labels series by what clients send. These
count what the ledger is told anyway, under names that the settings know. Nothing of this package is
imported in a stack without metrics.
"""
