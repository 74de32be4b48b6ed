"""Configuration and signals come in; due jobs run one at a time, and their runs, logs and notifications go out.

`main` starts and stops everything; `status` reports the state.
"""
