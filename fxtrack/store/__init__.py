"""The database: schema, writer's file, published file, and questions to it.

In: batches of captures, and the rules of sources. Out: tables and views that are readable while fxtrack writes.
"""
