-- What each mail asks of a small office: its tables were too small to be analyzed, so that the planner took a walk through all open leads for each company
-- and each person for one row.
-- CreateIndex
CREATE INDEX "lead_tenant_id_company_id_status_id_idx" ON "lead"("tenant_id", "company_id", "status", "id");

-- DropIndex
DROP INDEX "lead_tenant_id_company_id_idx";


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'tenant', 'host_name', 'user_account', 'user_address', 'company', 'contact_person', 'contact_address', 'lead', 'quote', 'key_player', 'never_log_rule'
  ] LOOP
    EXECUTE format('ALTER TABLE %I SET (autovacuum_analyze_threshold = 20)', table_name);
  END LOOP;
END
$$;
