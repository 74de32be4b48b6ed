-- A sample of the reports, from each quarter of a source's dates: first those that are not zero and have a near state.
CREATE OR REPLACE TEMP TABLE asked AS
WITH parted AS (
    SELECT
        *, ntile(4) OVER (PARTITION BY source ORDER BY page_date, report_id) AS quarter,
        report <> 0 AND report_id IN (SELECT report_id FROM tried_bases) AS tells
    FROM tried_reports
)
SELECT source, report_id, quarter
FROM parted
QUALIFY row_number() OVER (PARTITION BY source, quarter ORDER BY tells DESC, hash(report_id)) <= $most
