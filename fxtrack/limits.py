"""Every ceiling in one place.

A limit that users may change is only a default here and has a key in config.toml.
"""

import datetime as dt
from fractions import Fraction

# Quotes: a rate or percentage with more digits is refused, never rounded.

RATE_SCALE = 9
"""Decimals of a stored rate: those of DECIMAL(18, 9), the widest that fits into 64 bits."""

RATE_INTEGER_DIGITS = 9
"""Digits before the decimal point of a rate: all that DECIMAL(18, 9) holds."""

PCT_SCALE = 6
"""Decimals of a stored percentage: sites print two."""

PCT_INTEGER_DIGITS = 6
"""Digits before the decimal point of a percentage: more is no change of a rate."""

MIN_PAIRS = 4
"""Fewest pairs of a ticker: sentences of articles have fewer."""

# Page dates

EARLIEST_PAGE_DATE = dt.date(1990, 1, 1)
"""First date that a page is believed to show: no web page is older."""

LATEST_PAGE_DATE = dt.date(2100, 12, 31)
"""Last date that a page is believed to show: a later one is another number."""

MAX_CAPTURE_DAYS = 7
"""Days between the date on a page and its capture; a date further away is not believed."""

DATE_LINE_CHARS = 60
"""Characters of a date line: a longer line is text."""

DATE_PATTERN_CHARS = 256
"""Characters of a line in which `date_pattern` looks for a date: a longer line is text."""

DATE_LINES = 20
"""Lines from the ticker on that `date_lines` may allow: dates further away are those of articles."""

# Reading of tickers and HTML

MAX_PAGE_BYTES = 16 * 1024 * 1024
"""Bytes of a page: real pages have less than 1 MiB."""

PATTERN_CHARS = 4_096
"""Characters of a pattern in the configuration: longer ones are programs, not patterns."""

PATTERN_WINDOW_CHARS = 32_768
"""Characters of a page that a pattern sees at once, which bounds its work."""

PATTERN_LONGEST_CHARS = 1024 * 1024
"""Characters of the longest match of a pattern that is noted as too long, which bounds its work."""

PATTERN_ENTRY_CHARS = 1_024
"""Characters of an entry that a pattern matches, which bounds its work."""

PATTERN_MATCHES = 2_000
"""Entries of a page that a pattern matches, which bounds its work."""

TICKER_ENTRIES = 20_000
"""Entries of a ticker that are read one by one, which bounds memory; repeats to the letter do not count."""

PAGE_PAIRS = 2_000
"""Pairs of a page: 40 currencies have 1,560 cross rates."""

PAIR_VALUES = 100
"""Different values of a pair on a page: a page caught in mid-update has 2."""

PAGE_NOTES = 100
"""Entries of a run that a page names as left out, which bounds its `detail`; the others are counted."""

REFUSED_RUNS = 2_000
"""Runs of entries of a page that are no ticker, behind which no further one is read: real pages have a few. The same
holds behind `TICKER_ENTRIES` entries of such runs."""

TICKER_GAP_CHARS = 256
"""Bullets and white space between two quotes of one ticker, in characters."""

HTML_DEPTH = 1_000
"""Nested elements: browsers stop at 512, and an end tag without a start tag costs the parser one step for each."""

HTML_ATTRIBUTES = 256
"""Attributes of an element: real ones have less than 50, and the parser compares each with all before it."""

HTML_TAG_WORDS = 20_000
"""Words of one tag: the parser would hold each as an attribute, before the attributes can be counted."""

HTML_CLASS_CHARS = 16 * 1024
"""Characters of an element's class and style together: real ones have less than 2,000."""

HTML_TOKENS = 2_000_000
"""Pieces of text and ends of lines of an HTML page, which bounds memory: prose of `MAX_PAGE_BYTES` has 1,500,000."""

HTML_PIECES = 100_000
"""Pictures, icons and texts with a direction or a time of an HTML page, which bounds memory."""

CSS_CHARS = 512 * 1024
"""Characters of a page's own style sheets that are read: real ones have less than 200,000."""

HTML_LOGGED_TAGS = 50_000
"""Tags of a page that its entries are compared by, which bounds memory: 2,000 entries have 30,000."""

HTML_FEED_CHARS = 64 * 1024
"""Characters of markup that the parser gets at once, so that it can stop behind the ticker."""

HTML_ENTRY_CHARS = 80
"""Characters of the longest entry of a ticker, over however many elements it extends."""

# Ingest

LISTING_FILES = 10_000
"""Files that are listed and looked up in the store at once, which bounds memory."""

BATCH_PAGES = 5_000
"""Pages that are stored in one transaction, which bounds memory and the work lost by a kill."""

MOST_READERS = 16
"""Processes that read pages: the process that stores them cannot keep up with more."""

WORTH_READERS = 4 * 1024 * 1024
"""Bytes of input from which on it pays to start processes."""

PART_FILES = 250
"""Files that a process gets at once, so that no process waits long for another."""

PART_BYTES = 8 * 1024 * 1024
"""Bytes of the files that a process gets at once, so that no process waits long for another."""

PART_NAMES = 32 * 1024
"""Characters in the names of the files that a process gets at once: more would fill its pipe."""

SECTION_BYTES = 4 * 1024 * 1024
"""Bytes of a section of a WARC file: a longer file is read in sections, side by side."""

RECORDS_AT_ONCE = 500
"""Pages of a WARC file that a process answers with at once, which bounds memory."""

YOUNG_FILE_SECONDS = 2.0
"""Seconds since the last change of a file: a younger one may change again within a tick of its clock."""

REMARKS = 20
"""Lines that a run prints about pages; the view `problems` has all of them."""

CYCLES_AFTER = 100_000
"""Objects between two runs of the cycle collector: it visits every page and quote, and none is in a cycle."""

# Extraction into parts

TASK_RETRIES = 3
"""Further attempts at a task whose process or node died: preemptible nodes come and go."""

PROCESS_TASKS = 100
"""Tasks of a process until it is renewed, which bounds what leaks."""

TASKS_PER_CORE = 4
"""Tasks that are handed to a cluster at once for each of its cores: enough to keep it busy, few enough to hold."""

LOADED_ROWS = 1_000_000
"""Rows of parts that are stored in one transaction, which bounds memory and the work lost by a kill."""

PART_READERS = 8
"""Threads that read parts: most of the time they wait for the folder or bucket."""

# Buckets

BUCKET_BLOCK_BYTES = 8 * 1024 * 1024
"""Bytes of a file in a bucket that are read ahead: with 64 KiB, requests take most of the time."""

BUCKET_PAGE_BYTES = 256 * 1024
"""Bytes that are read ahead where a single record is read: more would be thrown away."""

BUCKET_BLOCKS = 3
"""Blocks of a file in a bucket that are kept besides the next one, which bounds memory."""

BUCKET_CONNECT_SECONDS = 10.0
"""Seconds to wait for a connection to the server of buckets: a wrong address never answers."""

BUCKET_REQUEST_SECONDS = 60.0
"""Seconds to wait for its next bytes: one that is silent for longer is gone."""

# WARC files

WARC_HEADER_BYTES = 64 * 1024
"""Bytes of a record's header: crawlers write 1 KiB."""

HTTP_HEADER_BYTES = 32 * 1024
"""Bytes of an HTTP header, stored or received: servers send 8 KiB, and FastWARC reads no more than this."""

WARC_RATIO = 200
"""Largest ratio of unpacked to packed size of a record, or of a file packed as a whole: more is a bomb."""

WARC_RATIO_FROM_BYTES = 64 * 1024 * 1024
"""Unpacked bytes from which on the ratio is checked: fewer cost little."""

WARC_RECORDS = 20_000_000
"""Records that are read of one file: the largest crawls have a tenth of that."""

WARC_DAMAGES = 200
"""Damages in one file after which reading continues: each costs a search."""

WARC_WHOLE_DAMAGES = 10
"""The same for a file packed as a whole, in which each costs reading from the start."""

WARC_CANDIDATES = 100_000
"""False starts of packed records in one file: each costs unpacking a few bytes."""

WARC_CANDIDATE_EVERY = 512
"""Bytes of a file for which one more false start is allowed: many records hold a packed page."""

WARC_CANDIDATE_BYTES = 2 * 1024
"""Packed bytes within which a record's first line ends: a gzip header and the tables of a block take 600."""

WARC_FRAME_BLOCKS = 10_000
"""Blocks of a zstd frame that are searched for its end: the longest page takes 128."""

CONTENT_CODINGS = 3
"""Codings of one body, one within the other: servers use 1."""

CODING_PARTS = 10_000
"""Gzip members or zstd frames of one body: block-wise packing of the longest page makes 256."""

# Rounding rules, deltas and queries

RULE_CHANGE_DECIMALS = RATE_SCALE
"""Decimals of the change in the finest rounding rule: no stored rate has more."""

RULE_PCT_DECIMALS = 4
"""Decimals of the percentage in the finest rounding rule: sites print two."""

LOOKBACK_DAYS = 7
"""Days before a page date in which a report may have its base: the longer, the more rates explain it by chance."""

MAX_LOOKBACK_DAYS = 366
"""The longest look-back, or distance of a date from its capture, that can be configured, in days: a year."""

EVIDENCE_REPORTS = 2_000
"""Newest reports of a source that its rounding rule is inferred from: more do not change the result."""

LAG_DAYS = 14
"""Days before and after a report that are searched for its base, to see on which days bases are found: two of each
weekday."""

RULE_ODDS = 1_000
"""A rounding rule is ruled out where another one is this many times as likely: less may be chance."""

INFORMATIVE_REPORTS = 5
"""Informative reports required before a rounding rule is decided: at most a quarter of the other rates explain each,
so five agree by chance at most once in 1,024 times."""

RULES_RANKED = 4
"""Number of the likeliest rounding rules whose reports are counted, in addition to the remaining rules: `fxtrack
audit` compares these."""

SAMPLED_REPORTS = 40
"""Reports of each quarter of a source's dates in the sample that rules out improbable rounding rules, which saves
judging all reports by them."""

EXAMINED_SOURCES = 3
"""Sources whose rounding rules are inferred at once, which bounds memory."""

SETTLED_QUOTES = 50_000
"""Quotes whose reports are recomputed in one transaction, which bounds memory: two such lots are in it at once. Fewer
would take longer: planning the statements for a lot takes as long as running them over this many quotes."""

QUERY_SECONDS = 60
"""Seconds that a query of `fxtrack sql` may take unless --timeout says otherwise: a mistaken join ends by itself."""

MOST_QUERY_SECONDS = 86_400
"""Seconds that --timeout may allow: a day."""

READER_MEMORY_MB = 300
"""MB that a query of the published file may use; the rest goes to temporary files."""

ADDRESS_SPACE_BYTES = (3 * 1024**3, 512 * 1024**2)
"""Bytes of address space (`ulimit -v`), and as many more for each processor, below which no command begins: DuckDB,
Arrow, polars and OpenBLAS reserve about 3 GiB on two processors, though they use little of it, and end the process in
ways of their own where they cannot."""

ANSWER_ROWS = 200_000
"""Deltas that one statement computes, so that two statements fit into that memory; a source is never divided."""

KEPT_MEMORY_MB = 32
"""MB that the store keeps in memory between two transactions: DuckDB would keep all that it has read."""

WAIT_SECONDS = 10.0
"""Seconds to wait for a database that another process holds: longer waits look like a hang."""

# Charts

CHART_INCHES = (2.0, 200.0)
"""Shortest and longest side of a chart, inches: a size beyond them is mistyped."""

CHART_DPI = (30, 1_200)
"""Fewest and most dots per inch of a chart: fewer cannot be read, more cannot be seen."""

CHART_PIXELS = 200_000_000
"""Dots of a chart: these take 800 MB while it is drawn."""

CHART_MEAN_DAYS = (2, 3_660)
"""Fewest and most days of a moving mean: one day is the close itself; ten years."""

# Service

SHORTEST_INTERVAL = dt.timedelta(seconds=1)
"""Shortest time between two runs of a job: the unit of durations."""

LONGEST_INTERVAL = dt.timedelta(days=366)
"""The longest duration that can be configured: a year, since the service looks back over two of them for missed
runs."""

OVERDUE = dt.timedelta(minutes=5)
"""A job that is later than this, jitter not counted, is overdue: jobs run one at a time and wait for each other."""

CLOCK_STEP = dt.timedelta(minutes=1)
"""A clock set back by no more than this does not restart schedules: time servers correct small errors often, and no
run is repeated."""

UNPUBLISHED_FILES = 100_000
"""Files without new data that the status file lists, which bounds it; with more, `status` gives no number of waiting
pages."""

STOP_SECONDS = 10.0
"""Seconds from the signal to the end of the service: supervisors allow 10 or more."""

START_WAIT_SECONDS = 3.0
"""Seconds that a starting service waits for the store before it starts without reading it: a supervisor waits for
the start."""

INTERRUPT_SECONDS = 5.0
"""Seconds from the signal after which a batch is rolled back: the rest of `STOP_SECONDS` is for that."""

MAX_AGE = dt.timedelta(hours=72)
"""Age of the newest page date from which on the data is stale: longer than a weekend."""

MIN_FREE_MB = 200
"""MB of free disk below which `status` is unhealthy: publishing needs room for a second copy."""

MOST_RUN_MINUTES = 120
"""Minutes after which a job counts as hung: the service no longer answers the watchdog."""

MOST_PENDING = 1_000
"""Runs that are kept while the store cannot be written, which bounds their file; the newest stay."""

SLOW_CLIENT_SECONDS = 10.0
"""Seconds that a client of the metrics listener may take: a silent one holds a thread."""

LAYOUT_PAGES = 20
"""Newest pages of a source whose share with a ticker is compared with that of the pages before them: one page
without a ticker says nothing."""

LAYOUT_HISTORY = 500
"""Most pages before them in the comparison: older ones may have an older layout."""

LAYOUT_LEAST_HISTORY = 20
"""Fewest pages before them: with fewer the usual share is not known, and no change is reported."""

LAYOUT_CHANCE = Fraction(1, 1000)
"""Probability by chance below which a drop in that share is a changed layout: every run of every source is a chance
for a false alarm."""

KEPT_BACKUPS = 14
"""Newest backups that are kept: two weeks of nights."""

KEPT_MONTHLY_BACKUPS = 12
"""Months whose last backup is kept: a year."""

MOST_BACKUPS = 10_000
"""The most backups that can be configured: more than one an hour for a year."""

# Alerts

MOST_PERCENT = 10_000
"""The largest move, in percent, that an alert can wait for: a larger one is mistyped."""

STANDING = dt.timedelta(days=4)
"""How long a ticker may stand still unless `for` says otherwise: longer than a weekend."""

ALERT_DAYS = 7
"""Days up to today whose page dates can begin an alert: older pages, as in a new store, send no message."""

ALERT_LINES = 20
"""Reports that one message lists, so that it can be read at a glance; the others are counted."""

ALERT_CHARS = 4_000
"""Characters of a message: receivers refuse long ones, so the rest is cut off."""

NOTIFY_SECONDS = 30.0
"""Seconds that a receiver of messages may take: one that hangs does not keep messages from the others."""

NOTIFY_ROUND_SECONDS = 90.0
"""Seconds that one round of sending may take; the rest waits for the next."""

NOTIFY_FIRST_PAUSE = dt.timedelta(minutes=1)
"""Pause after the first attempt to send a message that failed, enough for a brief fault; each further pause is twice
as long."""

NOTIFY_LONGEST_PAUSE = dt.timedelta(hours=6)
"""The longest of these pauses: a receiver that works again gets its messages on the same day."""

URLS_BYTES = 65_536
"""Bytes of the file, or the environment variable, that holds the URLs of receivers: more is another file."""

# Web

FETCH_TIMEOUT_SECONDS = 20.0
"""Seconds to wait for the next bytes of a server: a busy one may need them, a dead one sends none."""

FETCH_CONNECT_SECONDS = 8.0
"""Seconds to wait for a connection, which no setting extends: a stop cannot end that wait."""

FETCH_TOTAL_SECONDS = 120.0
"""Seconds for a whole answer: a slow server cannot hold a run."""

FETCH_ATTEMPTS = 3
"""Requests for one page until a server in trouble is given up: the next run asks again."""

FETCH_WAIT_SECONDS = 60.0
"""The longest pause before a repeated request, seconds: after a longer one the next run asks again."""

FETCH_SECONDS_BETWEEN = 1.0
"""Seconds between two requests to one server, so that fxtrack is no burden to it."""

FETCH_REDIRECTS = 5
"""Redirects of one request: browsers follow 20, pages need 2."""

ROBOTS_BYTES = 500 * 1024
"""Bytes that are read of a robots.txt: the least that RFC 9309 asks for."""

ROBOTS_HOURS = 24
"""Hours that a robots.txt is valid: the most that RFC 9309 allows."""

CRAWL_DELAY_SECONDS = 60.0
"""The longest pause that a robots.txt can ask for, seconds: a run has to end."""

# Web archives

ARCHIVE_SEARCHES_PER_MINUTE = 20.0
"""Searches a minute: the Wayback Machine allows about 24."""

ARCHIVE_PAGES_PER_MINUTE = 60.0
"""Captures fetched a minute: one a second, as of live pages."""

ARCHIVE_AT_ONCE = 4
"""Captures fetched at once: more gets a client blocked."""

INDEX_BYTES = 32 * 1024 * 1024
"""Bytes of one answer of an index: `INDEX_ROWS` rows take 10 MB."""

LIST_LINE_BYTES = 64 * 1024
"""Bytes of one line of a list of records: a file with longer ones is no such list."""

INDEX_ROWS = 20_000
"""Rows requested of one answer of an index; a longer list is requested in parts."""

INDEX_ANSWERS = 2_000
"""Answers that together hold the list of one address: at `ARCHIVE_SEARCHES_PER_MINUTE` they take 100 minutes."""

LISTED_CAPTURES = 500_000
"""Captures that one backfill considers, which bounds memory."""

GAP_DAYS = 366
"""A stretch of dates at least this long that a backfill of missing dates does not ask the index for: in a shorter one,
further rows cost less than a further request."""

PERIOD_CAPTURES = 50
"""Captures of one period that are kept to choose from, which bounds memory; a later run tries the others."""

ARCHIVE_TRIES = 3
"""Runs that request a capture which an archive fails to deliver: some it never delivers."""

ARCHIVE_FAILURES = 10
"""Consecutive captures that an archive fails to deliver, after which the run stops: the archive is down."""

# Page of charts

WORKBOOK_ROWS = 20_000
"""Rows of a workbook beside a chart, which take three seconds and 150 MB to write; CSV has any number."""

# Probe

PROBE_CANDIDATES = 20
"""Runs of entries that `probe` prints: they fit on a screen."""

SUGGEST_CHARS = 262_144
"""Characters of an unread page that `probe` examines, which bounds its work."""

SUGGEST_DATE_LINES = 6
"""Lines with text from the rates on that `probe` searches for a date: dates further away are those of articles."""

SUGGEST_REMARKS = 5
"""Rows outside a suggested entry that `probe` names, so that the entry stays in view; the others are counted."""
