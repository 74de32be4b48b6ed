"""fxtrack: a currency-rate time-series tracker for captured web pages.

The whole of it, in the order it happens; each step is a module:

    config = load_config("config.toml")                        # config
    with Store.open(config) as store:                          # store, schema, database
        for page in find_pages(folder):                        # pages
            if page is not known to the store:
                text = decode(read_page(page))                 # decode
                reading = read_ticker(text)                    # ticker -> snapshot
                store.add(reading)                             # ingest, batch: one transaction a batch
        settle_rules(store)                                    # rounding: which rule do the reports follow?
        publish(store, config.database)                        # publish, files: copy, sync, rename
    update_charts(config, now)                                 # gallery, charts, front_page

Everything derived (closes, deltas, verdicts, audit) is SQL in `fxtrack/sql/views`, which travels inside the database,
so that a shell, the command line (cli, commands, query, output, export) and the charts see the same numbers.
"""

__version__ = "0.1.0"
