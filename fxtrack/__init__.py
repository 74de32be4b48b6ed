"""fxtrack: a currency-rate time-series tracker for captured web pages.

The whole of it, in the order it happens; each step is a module:

    config = load_config("config.toml")                        # config
    with Store.open(config) as store:                          # store, schema, database
        for file in find_pages(folder):                        # pages
            if file is not known to the store:                 # ingest; parts, readers: by several processes at once
                for page in captures_in(file):                 # captures; of an archive: archive, packing, payload
                    taken = take(page)                         # taken, reading: decode, html, beginning; ticker
                    store.add(taken)                           # batch: one transaction a batch
        recompute(store)                                    # rounding: which rule do the reports follow?
        publish(store, config.database)                        # publish, clone, files: copy, sync, rename
    update_charts(config, now)                                 # gallery, charts, front_page

Where pages come from, apart from whoever puts them there:

    fetch_pass(config, run)                                    # live, web, robots, network, warcfile
    for result in fetch_captures(config, task, plan, ...):     # backfill, cdx, replay, journal
        ...

`passes` does the middle of it as one row of `runs`. The service does it again and again: `schedule` says when a job is
due, `timetable` wakes up for it, `worker` does it (`agenda`, `jobs`), `service` starts and ends them all; `facts` are
what is known of it outside the store, and `health` what to think of them.

Everything derived (closes, deltas, verdicts, audit) is SQL in `fxtrack/sql/views`, which travels inside the database,
so that a shell, the command line (cli, commands, query, output, export) and the charts see the same numbers.
"""

__version__ = "0.1.0"
