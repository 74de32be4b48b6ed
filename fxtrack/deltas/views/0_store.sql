-- The store that table macros answer for.
--
-- DuckDB looks up the names in a macro where the session is, not where the macro is: of two attached stores, the macros of one
-- would answer with the rates of the other. So each table macro checks that the store it finds is its own. `{store_id}` is
-- replaced by the store's identity when the macro is created.

CREATE OR REPLACE VIEW this_store AS SELECT '{store_id}' AS store_id;
COMMENT ON VIEW this_store IS 'One row: the identity of the store that its macros answer for';
COMMENT ON COLUMN this_store.store_id IS 'As in store_info';

-- One subquery, so that it is evaluated even if no row meets the other conditions.
CREATE OR REPLACE MACRO of_store(id) AS (
    SELECT CASE
        WHEN i.store_id IS DISTINCT FROM id
            THEN error('this macro belongs to another attached store, and answers after USE of that one')
        WHEN (SELECT count(*) FROM duckdb_views() v WHERE v.view_name = 'this_store' AND contains(v.sql, id)) <> 1
            THEN error('two copies of one store are attached; its macros answer where only one is')
        ELSE true
    END
    FROM store_info i
);
COMMENT ON MACRO of_store IS 'True if the session uses the store with this identity; an error otherwise, and where two copies of it are attached';

-- For steps that a macro with the whole check reads many times: DuckDB works it out once, while it plans.
CREATE OR REPLACE MACRO this_store_id() AS '{store_id}';
COMMENT ON MACRO this_store_id IS 'The identity of the store that the session uses, as in this_store';

CREATE OR REPLACE MACRO in_store(id) AS CASE
    WHEN this_store_id() = id THEN true
    ELSE error('this macro belongs to another attached store, and answers after USE of that one')
END;
COMMENT ON MACRO in_store IS 'True if the session uses the store with this identity, else an error where there is a row to answer with; does not notice two copies of a store, as of_store does';
