-- The outliers, the snapshots as bases under the rules of then, and the bounds of the reports that the verdicts need.
INSERT INTO settled_outliers BY NAME FROM outliers;
CREATE TEMP TABLE printed_quotes AS FROM printed_quotes;
CREATE TEMP TABLE bounds AS FROM report_bounds WHERE chosen;
CREATE TEMP VIEW report_bounds AS FROM bounds;
INSERT INTO settled_bases FROM base_evidence;
