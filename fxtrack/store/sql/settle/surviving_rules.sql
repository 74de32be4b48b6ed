-- The rules close to the likeliest in at least one quarter of the source's dates: a rule may have been in force only then.
CREATE OR REPLACE TEMP TABLE tried_rules AS
WITH quarters AS (
    SELECT source, quarter, min(page_date) AS first_date, max(page_date) AS last_date
    FROM tried_reports
    GROUP BY source, quarter
), totals AS (
    SELECT d.source, q.quarter, d.rule, d.assumption, sum(d.likelihood) AS likelihood
    FROM date_likelihood d
    JOIN quarters q ON q.source = d.source AND d.page_date BETWEEN q.first_date AND q.last_date
    GROUP BY d.source, q.quarter, d.rule, d.assumption
), best AS (
    SELECT source, quarter, rule, max(likelihood) AS likelihood FROM totals GROUP BY source, quarter, rule
), kept AS (
    SELECT source, rule
    FROM best
    QUALIFY max(likelihood) OVER (PARTITION BY source, quarter) - likelihood < 30000000
)
SELECT r.* FROM tried_rules r SEMI JOIN kept k ON k.source = r.source AND k.rule = r.rule;
CREATE OR REPLACE TEMP TABLE asked AS SELECT source, report_id FROM tried_reports;
