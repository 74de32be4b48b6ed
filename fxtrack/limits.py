"""Every ceiling in one place.

What a user may want to move is only a default here and a key in config.toml.
"""

import datetime as dt
from fractions import Fraction

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

DATE_PATTERN_CHARS = 256
"""A longer line is not searched for a date."""

DATE_LINES = 20
"""Lines from the ticker on that may be tried as the date line."""

MAX_CAPTURE_DAYS = 7
"""Days between the date that a page shows and its capture; beyond them the date is not believed."""

PATTERN_CHARS = 4_096
"""Length of a pattern in the configuration."""

PATTERN_WINDOW_CHARS = 32_768
PATTERN_ENTRY_CHARS = 1_024
PATTERN_MATCHES = 2_000
"""A pattern sees so much of a page at once, its entries are shorter, and a page has fewer: that bounds the work."""

TICKER_GAP_CHARS = 256
"""Bullets and white space between two quotes of one ticker."""

MAX_PAGE_BYTES = 16 * 1024 * 1024
LISTING_FILES = 10_000
"""Files that are listed and looked up in the store at once."""

BATCH_PAGES = 5_000
"""Pages that are stored in one transaction."""

MOST_READERS = 16
"""Processes that read pages, however many cores there are: one that stores cannot keep up with more."""

WORTH_READERS = 4 * 1024 * 1024
"""Bytes to read from which on it pays to start processes for it."""

PART_FILES = 250
PART_BYTES = 8 * 1024 * 1024
PART_NAMES = 32 * 1024
"""Files that a process is given at once: how many, how long, and how long their names are."""

SECTION_BYTES = 4 * 1024 * 1024
"""A longer archive is read in sections of this size, where its records can be entered one by one."""

RECORDS_AT_ONCE = 500
"""Pages of an archive that a process answers with at once."""

CHART_INCHES = (2.0, 200.0)
CHART_DPI = (30, 1_200)
CHART_PIXELS = 200_000_000
"""Least and greatest side of a chart, dots per inch, and dots in all: 200 million take 800 MB while it is drawn."""
ARCHIVE_HEADER_BYTES = 64 * 1024
"""The header of a record, and the HTTP header within it; servers send 8 KiB, crawlers keep 32."""

ARCHIVE_RATIO = 200
ARCHIVE_RATIO_FROM_BYTES = 64 * 1024 * 1024
"""A record, or an archive packed as a whole, that unpacks to so much and to so many times its size is not read on."""

ARCHIVE_RECORDS = 20_000_000
"""Records that are read of one archive."""

ARCHIVE_DAMAGES = 200
ARCHIVE_WHOLE_DAMAGES = 10
"""Places in one archive at which reading is taken up again; packed as a whole, each costs reading from the start."""

ARCHIVE_CANDIDATES = 100_000
"""Bytes that look like the beginning of a packed record and are none, over one archive."""

CONTENT_CODINGS = 3
"""Codings that one page may be packed in, one within the other."""

HTML_DEPTH = 1_000
"""Elements in one another; browsers stop at 512. An end tag without a start tag costs the parser as many steps."""

HTML_FEED_CHARS = 64 * 1024
"""Markup given to the parser at once."""

HTML_ENTRY_CHARS = 80
"""The longest text that one entry of a ticker can be, however many elements it is made of."""

WAIT_SECONDS = 10.0
LOOKBACK_DAYS = 7
MAX_LOOKBACK_DAYS = 366
MIN_PAIRS = 4

UNSETTLED_SECONDS = 2.0
"""A file changed this recently may change again within one tick of its clock: it is read again next time."""

REMARKS = 20
"""Pages of a run that get a line on standard error; all of them are in the view `problems`."""

CYCLES_AFTER = 100_000
"""Objects made before Python looks for cycles among them: pages and quotes are many and in none, and each look goes
through all of them."""

EVIDENCE_REPORTS = 2_000
"""The newest reports of a source that its rounding rule is inferred from."""

RULE_ODDS = 1_000
"""A rounding rule is ruled out where another one is this many times as likely."""

INFORMATIVE_REPORTS = 5
"""Reports that have to say something before a rounding rule is decided."""

RULES_RANKED = 6
"""The likeliest rounding rules whose reports are counted, beside those that remain."""

SAMPLED_REPORTS = 40
"""Reports of each quarter of a source's dates that rule out the rounding rules that are far off."""

EXAMINED_SOURCES = 3
"""Sources whose rounding rules are inferred at once."""

READER_MEMORY_MB = 300
"""What a question to the published file may keep in memory; what it needs beyond that goes to temporary files."""

ANSWER_ROWS = 200_000
"""Deltas that are worked out in one statement, so that two of these fit into that; those of one source always are."""

KEPT_MEMORY_MB = 32
"""What may stay in memory of a store that is written to, from one transaction to the next."""

SETTLED_DATES = 1_000
"""Page dates whose reports are settled in one transaction; two such lots are in memory at once."""

SHORTEST_INTERVAL = dt.timedelta(seconds=1)
LONGEST_INTERVAL = dt.timedelta(days=366)
"""Between runs of a job, and the longest duration that can be configured."""

OVERDUE = dt.timedelta(minutes=5)
"""A job that is later than this, its jitter not counted, is overdue."""

CLOCK_STEP = dt.timedelta(minutes=1)
"""A clock that is set back by no more than this leaves the schedules as they are: no run comes twice for that."""

UNPUBLISHED_FILES = 100_000
"""Files that add nothing to what is published and are noted beside it; with more, nobody can say how many wait."""

STOP_SECONDS = 10.0
"""From the signal to the end of the service."""

START_WAIT_SECONDS = 3.0
"""The service starts without having looked into a store that somebody holds for longer."""

INTERRUPT_SECONDS = 5.0
"""A batch that goes on for so long after the signal is rolled back; what then still goes on is left to itself."""

LAYOUT_PAGES = 20
"""The newest pages of a source whose share with a ticker is held against the pages before them."""

LAYOUT_HISTORY = 500
LAYOUT_LEAST_HISTORY = 20
"""Most pages that a source's history is judged by, and fewest."""

LAYOUT_CHANCE = Fraction(1, 1000)
"""A drop in the share of pages with a ticker that chance brings about less often than this is a changed layout."""

KEPT_BACKUPS = 14
KEPT_MONTHLY_BACKUPS = 12
MOST_BACKUPS = 10_000
MAX_AGE = dt.timedelta(hours=72)
MIN_FREE_MB = 200
MOST_RUN_MINUTES = 120
"""A job that takes longer than this is taken for hung: the service no longer answers the watchdog."""

MOST_PENDING = 1_000
"""Runs that are kept while the store cannot be written."""

SLOW_CLIENT_SECONDS = 10.0
"""A client of the metrics listener that takes longer is hung up on."""
FETCH_CODINGS = 2
"""How many times over a body may be packed."""

FETCH_TIMEOUT_SECONDS = 20.0
FETCH_CONNECT_SECONDS = 8.0
"""A connection that takes longer to make is given up, whatever else is configured: a stop cannot end it."""

FETCH_TOTAL_SECONDS = 120.0
FETCH_ATTEMPTS = 3
FETCH_WAIT_SECONDS = 60.0
FETCH_SECONDS_BETWEEN = 1.0
FETCH_REDIRECTS = 5

ROBOTS_BYTES = 500 * 1024
"""Of a robots.txt, so much is read: what RFC 9309 asks for at the least."""

ROBOTS_HOURS = 24
"""A robots.txt is not believed for longer: RFC 9309."""

CRAWL_DELAY_SECONDS = 60.0
"""A robots.txt that asks for longer pauses is taken to ask for this."""

ARCHIVE_SEARCHES_PER_MINUTE = 20.0
"""The Wayback Machine allows about 24."""

ARCHIVE_PAGES_PER_MINUTE = 60.0
ARCHIVE_AT_ONCE = 4

INDEX_BYTES = 64 * 1024 * 1024
INDEX_ROWS = 20_000
"""One answer of an archive's index; a longer list is asked for in parts."""

INDEX_ANSWERS = 2_000
"""Answers that the list of one address may be spread over."""

LISTED_CAPTURES = 500_000
"""Captures of a page that one backfill looks at."""

ARCHIVE_TRIES = 3
"""Runs in which a capture that an archive cannot give is asked for."""

ARCHIVE_FAILURES = 10
"""Captures in a row that an archive cannot give, after which the run stops: the archive is unwell."""

PROBE_CANDIDATES = 20
"""Runs of entries that `probe` prints."""

SUGGEST_CHARS = 262_144
"""What `probe` looks at of a page that no source reads."""

SUGGEST_DATE_LINES = 6
"""Lines with text from the rates on that `probe` looks for a date on."""
