-- Questions that could not be judged again are counted, shown to those who can act, and tried again.

-- AlterTable
ALTER TABLE "reconsideration" ADD COLUMN     "reason" TEXT;

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

CREATE INDEX "reconsideration_failed" ON "reconsideration"("tenant_id", "confirmation_id") WHERE "state" = 'failed';

-- The operator counts them, and nothing of what is asked.
CREATE POLICY operator ON reconsideration FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, confirmation_id, state) ON reconsideration TO leadpost_operator;
CREATE POLICY operator ON confirmation FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, id, settled_at) ON confirmation TO leadpost_operator;
