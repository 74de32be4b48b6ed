"""fxtrack: a currency-rate time-series tracker for captured web pages.

One pass through the flow, in the order it happens; `pipeline` does it as one row of `runs`:

    config = load_config("config.toml")                        # config
    with Store.open(config) as store, recording(...) as run:   # store, runs
        for file in find_pages(folder):                        # pages: folders, HTML, web archives
            for page in pages_in(file):
                capture = capture_of(page)                     # extract: bytes -> text -> ticker and date
                add_captures(store, batch, ...)                # ingest, store: one transaction a batch
        recompute(store, config)                               # deltas, store: which rounding rule do reports follow?
        run.end(finding)                                       # runs, store: outcome, published file, status file
    update_charts(config, now)                                 # charts

Pages come from folders, from the web (`collect`: live pages, archives) or from both; `service` repeats the pass on a
schedule, `cli` is the command line, `api` the Python API. Everything derived (closes, deltas, verdicts, audit) is SQL
in `deltas/views`, which is stored in the database, so that every reader gets the same numbers.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fxtrack.api import Database as Database
    from fxtrack.api import open as open  # noqa: A004
    from fxtrack.api import read_page as read_page

__version__ = "0.1.0"
__all__ = ["Database", "__version__", "open", "read_page"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 -- the public API, loaded when it is first used
    if name in __all__:
        from fxtrack import api

        return getattr(api, name)
    raise AttributeError(f"module 'fxtrack' has no attribute {name!r}")
