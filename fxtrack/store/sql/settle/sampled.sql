-- A few of the reports, drawn from each quarter of them.
CREATE OR REPLACE TEMP TABLE asked AS SELECT source, report_id, quarter FROM tried_reports WHERE turn <= $most
