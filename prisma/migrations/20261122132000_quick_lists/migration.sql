-- Lists that stay quick at a hundred thousand rows of a tenant.

-- DropIndex
DROP INDEX "name_word_tenant_id_id_idx";

-- CreateIndex
CREATE INDEX "name_word_tenant_id_id_word_idx" ON "name_word"("tenant_id", "id", "word");

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- What is settled is searched and filtered in its index alone, as what waits is; and by sender.
DROP INDEX "confirmation_settled";
CREATE INDEX "confirmation_settled" ON "confirmation"("tenant_id", "settled_at", "id")
  INCLUDE ("private", "mail_id", "search_key", "reasons", "from_address", "candidate_leads") WHERE "settled_at" IS NOT NULL;
CREATE INDEX "confirmation_settled_of_sender" ON "confirmation"("tenant_id", "from_address", "settled_at", "id") WHERE "settled_at" IS NOT NULL;
-- What one of the people did.
CREATE INDEX "audit_entry_of_person" ON "audit_entry"("tenant_id", "actor", "id" DESC) WHERE "actor" <> 'rule';
