-- Every mail writes into each of these, and none was read by more than a part of it. The program deletes no mail, so nothing looks for what hangs on one.
-- DropIndex
DROP INDEX "audit_entry_tenant_id_at_idx";

-- DropIndex
DROP INDEX "delivery_tenant_id_mail_id_idx";

-- DropIndex
DROP INDEX "history_entry_tenant_id_mail_id_idx";

-- DropIndex
DROP INDEX "mail_tenant_id_message_id_hash_idx";

-- CreateIndex
CREATE INDEX "mail_message_id_hash_tenant_id_idx" ON "mail"("message_id_hash", "tenant_id");


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- Of one tenant or of all, the one above finds the mails of an id.
DROP INDEX "mail_by_message_id";
-- Deliveries of a mail that was not filed are told anew when its standing changes.
CREATE INDEX "delivery_ignored_of_mail" ON "delivery"("tenant_id", "mail_id") WHERE "state" = 'ignored';
-- Where a mail stood before; where it stands is in history_entry_one_live.
CREATE INDEX "history_entry_undone" ON "history_entry"("tenant_id", "mail_id") WHERE "undone_at" IS NOT NULL;
