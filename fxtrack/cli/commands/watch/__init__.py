"""The commands that keep watch: the service, its status, and alerts.

In: options. Out: the running service, or a report of what needs a person.
"""
