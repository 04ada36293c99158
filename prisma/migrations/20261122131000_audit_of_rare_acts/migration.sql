-- The trail by act, newest first, without the two acts that nearly every mail is: those are found among the newest rows anyway, and no mail pays for it.
CREATE INDEX "audit_entry_rare_acts" ON "audit_entry" ("tenant_id", "action", "id" DESC) WHERE "action" NOT IN ('mailAppended', 'confirmationOpened');
