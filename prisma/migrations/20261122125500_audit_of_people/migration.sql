-- What people did, newest first: a few rows among the many that rules write.
CREATE INDEX "audit_entry_people" ON "audit_entry" ("tenant_id", "id" DESC) WHERE "actor" <> 'rule';
