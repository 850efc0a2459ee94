"""The ledger: every call that was answered, once, with what it cost.

Accounts go into a stream in Valkey in the same step that settles what was held for the call, so
that none is lost or counted twice, and from there to the ledger's home, which tells them by id.
"""
