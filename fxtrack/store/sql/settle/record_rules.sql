-- Records in rule_history which rules and settings are in force now and were not before; the variable now is the time.
CREATE OR REPLACE TEMP TABLE rules_now AS
SELECT
    s.source, s.lookback_days, s.pairs, s.change_decimals, s.pct_decimals, s.rounding_mode, s.rule_origin, r.rules
FROM sources s
LEFT JOIN (
    SELECT source, list({
        'change_decimals': change_decimals, 'pct_decimals': pct_decimals, 'rounding_mode': rounding_mode, 'decided': decided,
        'valid_from': valid_from, 'valid_to': valid_to
    } ORDER BY valid_from NULLS FIRST, change_decimals, pct_decimals, rounding_mode) AS rules
    FROM rounding_rules WHERE chosen GROUP BY source
) r USING (source);
CREATE OR REPLACE TEMP TABLE rules_before AS
SELECT * EXCLUDE (known_from_utc, known_to_utc) FROM rule_history WHERE known_to_utc IS NULL;
CREATE OR REPLACE TEMP TABLE rules_otherwise AS
SELECT source FROM (FROM rules_now EXCEPT FROM rules_before)
UNION
SELECT source FROM (FROM rules_before EXCEPT FROM rules_now);
UPDATE rule_history SET known_to_utc = getvariable('now')::TIMESTAMP WHERE known_to_utc IS NULL AND source IN (FROM rules_otherwise);
INSERT INTO rule_history BY NAME
SELECT *, getvariable('now')::TIMESTAMP AS known_from_utc FROM rules_now WHERE source IN (FROM rules_otherwise);
DROP TABLE rules_now;
DROP TABLE rules_before;
DROP TABLE rules_otherwise;
