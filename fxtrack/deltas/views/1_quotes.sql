-- Quotes as printed, and the numbers that exact arithmetic on them needs.
--
-- Integers, not decimals: DECIMAL / DECIMAL is a double in DuckDB. One unit is half of 10^-9 of the counter currency, so
-- that half a tick of any rate that the store holds is a whole number of units.

CREATE OR REPLACE MACRO pow10(n) AS
    list_extract([1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000]::BIGINT[], n + 1);
COMMENT ON MACRO pow10 IS '10 to the power of n as an exact integer, n from 0 to 9';

-- In steps of at most 64 bits: wider arithmetic takes ten times as long.
CREATE OR REPLACE MACRO units(rate) AS trunc(rate::DECIMAL(18, 9))::BIGINT * 2000000000 + (
    ((rate::DECIMAL(18, 9) - trunc(rate::DECIMAL(18, 9)))::DECIMAL(9, 9) * 100000::DECIMAL(6, 0))::DECIMAL(9, 4)
    * 20000::DECIMAL(5, 0)
)::BIGINT;
COMMENT ON MACRO units IS 'A rate in units of half 10^-9';

CREATE OR REPLACE MACRO half_tick(decimals) AS pow10(9 - decimals);
COMMENT ON MACRO half_tick IS 'Half a unit of the last of the given decimals, in units of half 10^-9';

CREATE OR REPLACE MACRO div_floor(a, b) AS a // b - CASE WHEN a % b < 0 THEN 1 ELSE 0 END;
COMMENT ON MACRO div_floor IS 'Integer quotient rounded down, b > 0';

CREATE OR REPLACE MACRO div_ceil(a, b) AS a // b + CASE WHEN a % b > 0 THEN 1 ELSE 0 END;
COMMENT ON MACRO div_ceil IS 'Integer quotient rounded up, b > 0';

CREATE OR REPLACE MACRO div_round(a, b) AS sign(a) * ((2 * abs(a) + b) // (2 * b));
COMMENT ON MACRO div_round IS 'Integer quotient rounded to nearest, halves away from zero, b > 0';

CREATE OR REPLACE MACRO pct_of_millionths(n) AS
    TRY_CAST(TRY_CAST(n AS DECIMAL(27, 0)) * 0.000001::DECIMAL(7, 6) AS DECIMAL(18, 6));
COMMENT ON MACRO pct_of_millionths IS 'n millionths of a percent as a percentage, null if out of range';

-- 128 bits only where 64 do not hold every step
CREATE OR REPLACE MACRO pct_round(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_round(change * 100000000, base)
    ELSE div_round(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_round IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded to 6 decimals';

CREATE OR REPLACE MACRO pct_floor(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_floor(change * 100000000, base)
    ELSE div_floor(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_floor IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded down to 6 decimals';

CREATE OR REPLACE MACRO pct_ceil(change, base) AS pct_of_millionths(
    CASE WHEN change BETWEEN -30000000000 AND 30000000000 THEN div_ceil(change * 100000000, base)
    ELSE div_ceil(change::HUGEINT * 100000000, base) END
);
COMMENT ON MACRO pct_ceil IS 'A change as a percentage of a base, both whole numbers, base > 0, rounded up to 6 decimals';

CREATE OR REPLACE MACRO rate_of_nanos(n) AS
    TRY_CAST(TRY_CAST(n AS DECIMAL(27, 0)) * 0.000000001::DECIMAL(10, 9) AS DECIMAL(18, 9));
COMMENT ON MACRO rate_of_nanos IS 'n billionths as a rate, null if out of range';

-- Cuts only zeros beyond the printed digits. It tries the decimals one after the other: cutting zeros off a text takes ten
-- times as long.
CREATE OR REPLACE MACRO as_printed(rate, decimals) AS CASE
    WHEN coalesce(decimals, 0) <= 0 AND rate::DECIMAL(18, 9) % 1::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 0)::VARCHAR
    WHEN coalesce(decimals, 0) <= 1 AND rate::DECIMAL(18, 9) % 0.1::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 1)::VARCHAR
    WHEN coalesce(decimals, 0) <= 2 AND rate::DECIMAL(18, 9) % 0.01::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 2)::VARCHAR
    WHEN coalesce(decimals, 0) <= 3 AND rate::DECIMAL(18, 9) % 0.001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 3)::VARCHAR
    WHEN coalesce(decimals, 0) <= 4 AND rate::DECIMAL(18, 9) % 0.0001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 4)::VARCHAR
    WHEN coalesce(decimals, 0) <= 5 AND rate::DECIMAL(18, 9) % 0.00001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 5)::VARCHAR
    WHEN coalesce(decimals, 0) <= 6 AND rate::DECIMAL(18, 9) % 0.000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 6)::VARCHAR
    WHEN coalesce(decimals, 0) <= 7 AND rate::DECIMAL(18, 9) % 0.0000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 7)::VARCHAR
    WHEN coalesce(decimals, 0) <= 8 AND rate::DECIMAL(18, 9) % 0.00000001::DECIMAL(18, 9) = 0
        THEN rate::DECIMAL(18, 8)::VARCHAR
    ELSE rate::DECIMAL(18, 9)::VARCHAR
END;
COMMENT ON MACRO as_printed IS 'A rate, or a difference of rates, as text with the digits that the source prints';

-- A rate may be printed for several units of its base, a power of ten. The store takes no rate whose price of 1 needs more
-- than nine decimals, so that every division by that power is exact, half a tick included.
CREATE OR REPLACE MACRO unit_decimals(rate_unit) AS CASE WHEN rate_unit = 1 THEN 0 ELSE length(rate_unit::VARCHAR) - 1 END;
COMMENT ON MACRO unit_decimals IS 'Decimals that dividing a rate by its unit adds to the price of 1';

CREATE OR REPLACE MACRO price_of(rate, rate_unit) AS
    CASE WHEN rate_unit = 1 THEN rate::DECIMAL(18, 9) ELSE rate_of_nanos(units(rate) // 2 // rate_unit) END;
COMMENT ON MACRO price_of IS 'A rate, or a change of one, per rate_unit of BASE as that of 1, exactly';

CREATE OR REPLACE MACRO change_half(decimals, unit_decimals) AS
    half_tick(CASE WHEN decimals + unit_decimals > 9 THEN 9 ELSE decimals + unit_decimals END);
COMMENT ON MACRO change_half IS 'Half a unit of the last decimal of a change printed per several units, of the price of 1, in units of half 10^-9; never less than one of these';

CREATE OR REPLACE MACRO change_text_half(change_text, unit_decimals) AS
    change_half(length(split_part(change_text, '.', 2)), unit_decimals);
COMMENT ON MACRO change_text_half IS 'Half a unit of the last decimal of a printed change, as change_half';

-- The change c and the rate r lie within half a tick of what is printed, and the percentage is that of c on the base r - c.
-- It grows with c; with r it falls where c is a rise and grows where c is a fall. So its ends are at ends of both.
CREATE OR REPLACE MACRO change_agrees(low, high, change, half, pct, pct_decimals, pct_sign) AS
    (pct_sign >= 0 OR change - half < 0) AND (pct_sign <= 0 OR change + half > 0)
    AND CASE WHEN change > half THEN high ELSE low END > change - half
    AND 200000000::HUGEINT * (change - half)
        <= (2 * (pct::DECIMAL(28, 6) * 1000000)::HUGEINT + pow10(6 - pct_decimals))
            * (CASE WHEN change > half THEN high ELSE low END - change + half)
    AND (
        CASE WHEN change + half > 0 THEN low ELSE high END <= change + half
        OR 200000000::HUGEINT * (change + half)
            >= (2 * (pct::DECIMAL(28, 6) * 1000000)::HUGEINT - pow10(6 - pct_decimals))
                * (CASE WHEN change + half > 0 THEN low ELSE high END - change - half)
    );
COMMENT ON MACRO change_agrees IS 'Whether a printed change and a printed percentage can both be those of one base: low to high is the range of the rate, change and half the change and half its tick, in the same units; pct, pct_decimals and pct_sign are the percentage';

CREATE OR REPLACE MACRO quote_text(rate, decimals, rate_unit, reported_text, change_text) AS
    as_printed(rate, decimals) || CASE WHEN rate_unit <> 1 THEN ' per ' || rate_unit ELSE '' END
    || coalesce(' ' || reported_text, '') || coalesce(' (' || change_text || ')', '');
COMMENT ON MACRO quote_text IS 'The printed text of a quote beside its pair';

CREATE OR REPLACE MACRO is_late(captured_utc, page_date) AS coalesce(captured_utc >= (page_date + 2)::TIMESTAMP, false);
COMMENT ON MACRO is_late IS 'Whether a page was captured, by UTC, later than the day after its page date: too late to decide on the close of that date';

CREATE OR REPLACE VIEW every_sighting AS
SELECT
    capture_id, source, page_date, snapshot_id, captured_utc, location, uri,
    coalesce(sighting_ingested_utc, ingested_utc) AS ingested_utc, false AS again
FROM captures WHERE snapshot_id IS NOT NULL
UNION ALL
SELECT
    f.capture_id, f.source, f.page_date, f.snapshot_id, c.captured_utc, c.location, c.uri,
    coalesce(c.sighting_ingested_utc, c.ingested_utc), false
FROM further_snapshots f
JOIN captures c USING (capture_id)
UNION ALL
SELECT capture_id, source, page_date, snapshot_id, captured_utc, location, uri, ingested_utc, again
FROM further_sightings WHERE snapshot_id IS NOT NULL;
COMMENT ON VIEW every_sighting IS 'The sightings of all captures, the forgotten ones included: a step towards sightings, which has the same columns';
COMMENT ON COLUMN every_sighting.capture_id IS 'The capture';
COMMENT ON COLUMN every_sighting.source IS 'Name of the source of the snapshot';
COMMENT ON COLUMN every_sighting.page_date IS 'Page date of the snapshot, null if unknown';
COMMENT ON COLUMN every_sighting.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN every_sighting.captured_utc IS 'When the page was captured, UTC, null if unknown';
COMMENT ON COLUMN every_sighting.location IS 'Where the page was found';
COMMENT ON COLUMN every_sighting.uri IS 'Address that it was captured from, null if unknown';
COMMENT ON COLUMN every_sighting.ingested_utc IS 'When the sighting was ingested, UTC';
COMMENT ON COLUMN every_sighting.again IS 'True if the same capture is counted for the same snapshot by another sighting';

CREATE OR REPLACE VIEW sightings AS
SELECT
    e.capture_id, e.source, e.page_date, e.snapshot_id, e.captured_utc, e.location, e.uri, e.ingested_utc, e.again
FROM every_sighting e
ANTI JOIN forgotten f ON f.capture_id = e.capture_id;
COMMENT ON VIEW sightings IS 'One row per time and place that a capture was seen and snapshot that it shows there: a page may show several, of several dates or for several sources, and the same page may be seen again. Without those of forgotten captures';
COMMENT ON COLUMN sightings.capture_id IS 'The capture';
COMMENT ON COLUMN sightings.source IS 'Name of the source of the snapshot';
COMMENT ON COLUMN sightings.page_date IS 'Page date of the snapshot, null if unknown';
COMMENT ON COLUMN sightings.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN sightings.captured_utc IS 'When the page was captured, UTC, null if unknown';
COMMENT ON COLUMN sightings.location IS 'Where the page was found';
COMMENT ON COLUMN sightings.uri IS 'Address that it was captured from, null if unknown';
COMMENT ON COLUMN sightings.ingested_utc IS 'When the sighting was ingested, UTC';
COMMENT ON COLUMN sightings.again IS 'True if the same capture is counted for the same snapshot by another sighting';

CREATE OR REPLACE VIEW every_snapshot AS
SELECT snapshot_id, source, page_date, state_id FROM snapshots
UNION ALL
SELECT snapshot_id, source, page_date, state_id FROM forgotten_snapshots;
COMMENT ON VIEW every_snapshot IS 'The snapshots of all captures, the forgotten ones included';
COMMENT ON COLUMN every_snapshot.snapshot_id IS 'Digest of source, page date and state, hex';
COMMENT ON COLUMN every_snapshot.source IS 'Name of the source';
COMMENT ON COLUMN every_snapshot.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN every_snapshot.state_id IS 'As snapshots.state_id';

CREATE OR REPLACE VIEW quotes AS
SELECT
    q.snapshot_id, s.source, s.page_date, q.pair,
    split_part(q.pair, '/', 1) AS base_currency,
    split_part(q.pair, '/', 2) AS quote_currency,
    split_part(q.pair, '/', 1) AS base,
    split_part(q.pair, '/', 2) AS counter,
    q.rate, q.rate_decimals, q.rate_unit,
    as_printed(q.rate, q.rate_decimals) AS rate_text,
    price_of(q.rate, q.rate_unit) AS price,
    q.reported_text, q.reported_pct, q.reported_change, q.change_text, q.reported_decimals, q.reported_sign,
    c.captures
FROM snapshot_quotes q
JOIN snapshots s USING (snapshot_id)
LEFT JOIN (SELECT snapshot_id, count(*) FILTER (NOT again) AS captures FROM sightings GROUP BY snapshot_id) c USING (snapshot_id);
COMMENT ON VIEW quotes IS 'One row per snapshot and pair: the evidence, as printed';
COMMENT ON COLUMN quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN quotes.source IS 'Name of the source';
COMMENT ON COLUMN quotes.page_date IS 'Page date, null if unknown';
COMMENT ON COLUMN quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN quotes.base_currency IS 'Currency whose price it is';
COMMENT ON COLUMN quotes.quote_currency IS 'Currency that the price is in';
COMMENT ON COLUMN quotes.base IS 'Earlier name of base_currency, kept for one version';
COMMENT ON COLUMN quotes.counter IS 'Earlier name of quote_currency, kept for one version';
COMMENT ON COLUMN quotes.rate IS 'Price of rate_unit BASE in COUNTER, as printed';
COMMENT ON COLUMN quotes.rate_unit IS 'Units of BASE that the rate is printed for, a power of ten; 1 on most pages';
COMMENT ON COLUMN quotes.price IS 'Price of 1 BASE in COUNTER, exactly rate / rate_unit: what daily, latest and deltas call rate';
COMMENT ON COLUMN quotes.rate_decimals IS 'Printed digits after the decimal point; the rate is known to half a unit of the last';
COMMENT ON COLUMN quotes.rate_text IS 'The rate with exactly its printed digits';
COMMENT ON COLUMN quotes.reported_text IS 'The reported change as printed: a percentage ends in %, an absolute change does not; null if none';
COMMENT ON COLUMN quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN quotes.reported_change IS 'The printed absolute change in COUNTER per rate_unit BASE, alone or beside a percentage; null if none';
COMMENT ON COLUMN quotes.change_text IS 'The absolute change printed beside a percentage, null if none; deltas.change_verdict holds it against that';
COMMENT ON COLUMN quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN quotes.captures IS 'How many captures show this snapshot';

CREATE OR REPLACE VIEW priced_quotes AS
SELECT -- q.pair, not pair: a table macro with a parameter of that name reads this view
    q.snapshot_id, q.pair, price_of(q.rate, q.rate_unit) AS rate,
    (q.rate_decimals + unit_decimals(q.rate_unit))::TINYINT AS rate_decimals,
    unit_decimals(q.rate_unit)::TINYINT AS unit_decimals,
    q.rate AS printed, q.rate_decimals AS printed_decimals, q.rate_unit, q.reported_text, q.reported_pct,
    price_of(q.reported_change, q.rate_unit) AS reported_change, q.change_text, q.reported_decimals, q.reported_sign
FROM snapshot_quotes q;
COMMENT ON VIEW priced_quotes IS 'A step towards dated_quotes and closes: one row per snapshot and pair, with the price of 1 BASE; also of snapshots that only forgotten captures show';
COMMENT ON COLUMN priced_quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN priced_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN priced_quotes.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN priced_quotes.rate_decimals IS 'Decimals of that price that the printed digits give';
COMMENT ON COLUMN priced_quotes.unit_decimals IS 'How many of these come from the unit that the rate is printed for';
COMMENT ON COLUMN priced_quotes.printed IS 'Price of rate_unit BASE, as printed';
COMMENT ON COLUMN priced_quotes.printed_decimals IS 'Printed digits after the decimal point';
COMMENT ON COLUMN priced_quotes.rate_unit IS 'Units of BASE that the rate is printed for';
COMMENT ON COLUMN priced_quotes.reported_text IS 'The reported change as printed';
COMMENT ON COLUMN priced_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN priced_quotes.reported_change IS 'The printed absolute change in COUNTER per BASE, alone or beside a percentage; null if none';
COMMENT ON COLUMN priced_quotes.change_text IS 'The absolute change printed beside a percentage, null if none';
COMMENT ON COLUMN priced_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN priced_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';

CREATE OR REPLACE VIEW dated_quotes AS
SELECT
    s.source, s.page_date, q.pair, q.snapshot_id, q.rate, q.rate_decimals, q.unit_decimals,
    q.reported_text, q.reported_pct, q.reported_change, q.change_text, q.reported_decimals, q.reported_sign,
    units(q.printed) // q.rate_unit AS units,
    (units(q.printed) - half_tick(q.printed_decimals)) // q.rate_unit AS low,
    (units(q.printed) + half_tick(q.printed_decimals)) // q.rate_unit AS high
FROM priced_quotes q
JOIN snapshots s USING (snapshot_id)
WHERE s.page_date IS NOT NULL;
COMMENT ON VIEW dated_quotes IS 'A step towards deltas: quotes with a page date, and the range of true rates that print as them';
COMMENT ON COLUMN dated_quotes.source IS 'Name of the source';
COMMENT ON COLUMN dated_quotes.page_date IS 'Page date';
COMMENT ON COLUMN dated_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN dated_quotes.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN dated_quotes.rate IS 'Price of 1 BASE in COUNTER';
COMMENT ON COLUMN dated_quotes.rate_decimals IS 'Decimals of that price that the printed digits give';
COMMENT ON COLUMN dated_quotes.unit_decimals IS 'How many of these come from the unit that the rate is printed for';
COMMENT ON COLUMN dated_quotes.reported_text IS 'The reported change as printed';
COMMENT ON COLUMN dated_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN dated_quotes.reported_change IS 'The printed absolute change in COUNTER per BASE, alone or beside a percentage; null if none';
COMMENT ON COLUMN dated_quotes.change_text IS 'The absolute change printed beside a percentage, null if none';
COMMENT ON COLUMN dated_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN dated_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN dated_quotes.units IS 'The rate in units of half 10^-9';
COMMENT ON COLUMN dated_quotes.low IS 'The rate less half a tick, in units of half 10^-9';
COMMENT ON COLUMN dated_quotes.high IS 'The rate plus half a tick, in units of half 10^-9';

CREATE OR REPLACE VIEW printed_quotes AS
SELECT
    source, page_date, pair, low, high, rate_decimals, unit_decimals, reported_text, reported_pct,
    CASE WHEN reported_text IS NOT NULL AND reported_pct IS NULL THEN reported_change END AS reported_change,
    reported_decimals, reported_sign, count(*) AS snapshots
FROM dated_quotes
GROUP BY ALL;
COMMENT ON VIEW printed_quotes IS 'A step towards deltas: one row per source, page date, pair and what is printed of it, however many snapshots show the same';
COMMENT ON COLUMN printed_quotes.source IS 'Name of the source';
COMMENT ON COLUMN printed_quotes.page_date IS 'Page date';
COMMENT ON COLUMN printed_quotes.pair IS 'BASE/COUNTER, ISO 4217';
COMMENT ON COLUMN printed_quotes.low IS 'Printed rate less half a tick, in units of half 10^-9';
COMMENT ON COLUMN printed_quotes.high IS 'Printed rate plus half a tick, in units of half 10^-9';
COMMENT ON COLUMN printed_quotes.rate_decimals IS 'Decimals of the price of 1 that the printed digits give';
COMMENT ON COLUMN printed_quotes.unit_decimals IS 'How many of these come from the unit that the rate is printed for';
COMMENT ON COLUMN printed_quotes.reported_text IS 'The reported change as printed; what else is known of the report follows from it';
COMMENT ON COLUMN printed_quotes.reported_pct IS 'The reported change in percent, null where an absolute change or nothing is reported';
COMMENT ON COLUMN printed_quotes.reported_change IS 'The reported change in COUNTER per BASE, null where a percentage or nothing is reported';
COMMENT ON COLUMN printed_quotes.reported_decimals IS 'Printed digits after the decimal point of the report';
COMMENT ON COLUMN printed_quotes.reported_sign IS '-1 fell (also -0%), 1 rose, 0 for a zero without a sign';
COMMENT ON COLUMN printed_quotes.snapshots IS 'How many snapshots of the date show this';
