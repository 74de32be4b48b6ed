"""Sends the messages of the ledger to a file, a command, and the services that apprise knows.

In: messages that are due. Out: each at every receiver, after a crash possibly twice; a failure waits for a later round.
"""
