-- The rows that were known at the moment in the variable as_of, of one source if as_of_source is not null. The views and macros name their tables without a
-- schema, and a temporary table hides a stored one of the same name: from here on, they all answer as of then.
CREATE TEMP TABLE sightings AS FROM sightings_as_of(getvariable('as_of')) s WHERE coalesce(s.source = getvariable('as_of_source'), true);
CREATE TEMP TABLE sources AS FROM sources_as_of(getvariable('as_of'));
CREATE TEMP TABLE rounding_rules AS FROM rounding_rules_as_of(getvariable('as_of'));
