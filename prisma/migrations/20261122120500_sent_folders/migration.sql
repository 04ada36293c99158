-- Sent folders: copies of mail that a tenant's people sent without the CRM address. A person's own folder, so nothing in it is touched.
ALTER TABLE "mailbox" ADD COLUMN     "sent" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "mailbox" ADD CONSTRAINT "mailbox_sent_is_left_alone" CHECK (NOT "sent" OR ("tenant_id" IS NOT NULL AND "afterwards" = 'leave'));
GRANT SELECT (sent) ON mailbox TO leadpost_program, leadpost_operator;
