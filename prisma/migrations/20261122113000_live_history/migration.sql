-- Live events read the audit trail exactly once, and histories of 10,000 entries are read a page at a time.

-- AlterTable
ALTER TABLE "audit_entry" ADD COLUMN     "written_in" xid8;

-- DropIndex
DROP INDEX "history_entry_tenant_id_lead_id_occurred_at_idx";

-- CreateIndex
CREATE INDEX "audit_entry_written_in" ON "audit_entry"("tenant_id", "written_in");

-- CreateIndex
CREATE INDEX "history_entry_tenant_id_lead_id_occurred_at_id_idx" ON "history_entry"("tenant_id", "lead_id", "occurred_at", "id");


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- The transaction that wrote a row. Ids and times are made before the commit, so in order of these a reader would miss what was committed late;
-- "visible now and not in the snapshot that was seen last" misses nothing and doubles nothing. A default of its own step: what is on file is no
-- event any more, and no table is written anew.
ALTER TABLE "audit_entry" ALTER COLUMN "written_in" SET DEFAULT pg_current_xact_id();

-- What people decided, among a million that rules did.
CREATE INDEX "history_entry_by_person" ON "history_entry"("tenant_id", "id") WHERE "decided_by" <> 'rule' AND "undone_at" IS NULL;
