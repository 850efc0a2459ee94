"""Limits on what calls cost: reserved before a call, settled after it.

LiteLLM compares a budget with what it has recorded, so calls in flight pass it. It can reserve too
(its `budget_reservation.py`), but only for its own keys, in its own database.
"""
