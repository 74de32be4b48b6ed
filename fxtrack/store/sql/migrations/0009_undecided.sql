-- A rule has a rounding mode, is undecided while there is too little evidence, and may be in force for some dates only.

ALTER TABLE sources ADD COLUMN IF NOT EXISTS rounding_mode VARCHAR DEFAULT 'half away from zero';
COMMENT ON COLUMN sources.rounding_mode IS 'Rounding rule in force: half away from zero, half to even, or towards zero';
COMMENT ON COLUMN sources.change_decimals IS 'Rounding rule in force, of the newest dates: decimals of the absolute change; null for a plain percent change, and for absolute changes rounded as printed';
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS rounding_mode VARCHAR DEFAULT 'half away from zero';
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS remains BOOLEAN;
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS decided BOOLEAN DEFAULT true;
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS informative BIGINT;
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS log10_odds DECIMAL(9, 1);
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS valid_from DATE;
ALTER TABLE rounding_rules ADD COLUMN IF NOT EXISTS valid_to DATE;
COMMENT ON COLUMN rounding_rules.rounding_mode IS 'How change and percentage are rounded: half away from zero, half to even, or towards zero';
COMMENT ON COLUMN rounding_rules.chosen IS 'True for the rule that verdicts use; while it is undecided, for one of each group of remaining rules that judge every report alike';
COMMENT ON COLUMN rounding_rules.remains IS 'True unless another rule is a thousand times as likely';
COMMENT ON COLUMN rounding_rules.decided IS 'True if the rule of this period is decided';
COMMENT ON COLUMN rounding_rules.valid_from IS 'First page date of the period, null for the first period';
COMMENT ON COLUMN rounding_rules.valid_to IS 'First page date of the next period, null for the last period';
ALTER TABLE settled_reports ADD COLUMN IF NOT EXISTS undecided BOOLEAN DEFAULT false;
UPDATE store_info SET settled_generation = -1, traced_generation = -1;
