-- Sources that report an absolute change, expected pairs, and dates that are shown but not believed.

ALTER TABLE snapshot_quotes ADD COLUMN reported_change DECIMAL(18, 9);
COMMENT ON COLUMN snapshot_quotes.reported_change IS 'The reported change in COUNTER per BASE, null where a percentage or nothing is reported';
COMMENT ON COLUMN snapshot_quotes.reported_text IS 'The reported change as printed, with an ASCII sign and a decimal point: a percentage ends in %, an absolute change does not; null if none';
COMMENT ON COLUMN snapshot_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN snapshot_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';

ALTER TABLE captures ADD COLUMN shown_date DATE;
UPDATE captures SET shown_date = page_date WHERE date_basis = 'page';
COMMENT ON COLUMN captures.shown_date IS 'Date that the page shows beside its ticker, believed or not; null if none';
COMMENT ON COLUMN captures.page_date IS 'Date that the page stands for: the one it shows, else that of its capture time in the source''s time zone; null if neither is known, or they are too far apart';

ALTER TABLE sources ADD COLUMN pairs VARCHAR[];
COMMENT ON COLUMN sources.pairs IS 'Pairs that every ticker of the source should list; null where the configuration names none';
COMMENT ON COLUMN sources.pct_decimals IS 'Rounding rule in force: decimals of the percentage; null where the source reports absolute changes';
COMMENT ON COLUMN sources.change_decimals IS 'Rounding rule in force: decimals of the absolute change; null for a plain percent change, and for absolute changes rounded as printed';
COMMENT ON COLUMN rounding_rules.pct_decimals IS 'Decimals that the percentage is rounded to; null for reports of absolute changes';

-- Results that take long to compute are stored, and recomputed after every change of the data.

CREATE TABLE settled_reports (snapshot_id VARCHAR, pair VARCHAR, base_low HUGEINT, base_high HUGEINT, base_date DATE);
COMMENT ON COLUMN settled_reports.snapshot_id IS 'The snapshot that reports';
COMMENT ON COLUMN settled_reports.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN settled_reports.base_low IS 'Least base that could yield the report, rounded down';
COMMENT ON COLUMN settled_reports.base_high IS 'Greatest base that could yield the report, rounded up, null for no limit';
COMMENT ON COLUMN settled_reports.base_date IS 'Date of the nearest snapshot that explains the report, null if none does';

CREATE TABLE settled_bases (snapshot_id VARCHAR, reports BIGINT, explained BIGINT);
COMMENT ON COLUMN settled_bases.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN settled_bases.reports IS 'Reports of the next captured date on pairs that it shows, and that some base could yield';
UPDATE store_info SET settled_generation = -1;
