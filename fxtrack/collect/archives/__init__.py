"""In: a source, a period and a web archive. Out: WARC files of its captures, one for each period without one.

`backfill` is the flow: `cdx` and `record_list` list captures, `plan` chooses, `replay` fetches, `journal` records.
"""
