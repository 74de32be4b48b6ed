"""Alerts: conditions on rates, reports and sources that begin, change and end.

In: the alerts of the configuration, and the store. Out: rows of `alerts` and `alert_messages`; `delivery/` sends these.
"""
