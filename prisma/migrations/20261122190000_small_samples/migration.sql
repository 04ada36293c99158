-- ANALYZE reads 300 rows for each step of the finest histogram of a table: 30,000 wide rows of these, again and again while they grow, for columns that
-- are looked up by key. A fifth of that tells their planner the same.
DO $$
DECLARE chosen record;
BEGIN
  FOR chosen IN
    SELECT c.relname AS table_name, string_agg(format('ALTER COLUMN %I SET STATISTICS 20', a.attname), ', ') AS changes
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid IN ('inbound_message'::regclass, 'raw_message'::regclass, 'delivery'::regclass, 'mail'::regclass)
      AND a.attnum > 0 AND NOT a.attisdropped AND a.attstattarget IS DISTINCT FROM 0
    GROUP BY c.relname
  LOOP
    EXECUTE format('ALTER TABLE %I %s', chosen.table_name, chosen.changes);
  END LOOP;
END
$$;
