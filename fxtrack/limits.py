"""Every ceiling in one place.

What a user may want to move is only a default here and a key in config.toml.
"""

import datetime as dt

RATE_SCALE = 9
"""Decimals that the store keeps of a rate; a rate printed with more is refused, never rounded."""

RATE_INTEGER_DIGITS = 9
"""Digits before the decimal point of a rate: DECIMAL(18, 9) holds no more."""

PCT_SCALE = 6
"""Decimals that the store keeps of a reported percentage."""

PCT_INTEGER_DIGITS = 6
"""Digits before the decimal point of a reported percentage."""

RULE_CHANGE_DECIMALS = RATE_SCALE
RULE_PCT_DECIMALS = 4
"""The finest rounding rule that can be configured or inferred."""

EARLIEST_PAGE_DATE = dt.date(1990, 1, 1)
LATEST_PAGE_DATE = dt.date(2100, 12, 31)
"""A date line outside these is not believed."""

DATE_LINE_CHARS = 60
"""A longer line is not tried as a date."""

TICKER_GAP_CHARS = 256
"""Bullets and white space between two quotes of one ticker."""

MAX_PAGE_BYTES = 16 * 1024 * 1024
LISTING_FILES = 10_000
"""Files that are listed and looked up in the store at once."""

BATCH_PAGES = 2_000
BATCH_BYTES = 64 * 1024 * 1024
"""A batch ends at whichever comes first; both bound what is in memory at once."""

CHART_INCHES = (2.0, 200.0)
CHART_DPI = (30, 1_200)
CHART_PIXELS = 200_000_000
"""Least and greatest side of a chart, dots per inch, and dots in all: 200 million take 800 MB while it is drawn."""

WAIT_SECONDS = 10.0
LOOKBACK_DAYS = 7
MAX_LOOKBACK_DAYS = 366
MIN_PAIRS = 4

UNSETTLED_SECONDS = 2.0
"""A file changed this recently may change again within one tick of its clock: it is read again next time."""

REMARKS = 20
"""Pages of a run that get a line on standard error; all of them are in the view `problems`."""

EVIDENCE_REPORTS = 2_000
"""The newest reports of a source that its rounding rule is inferred from."""
