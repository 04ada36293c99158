-- By hand, all of it. The queue is looked through in indexes that hold what it is filtered by: nothing else, since a third less is read a third quicker.
DROP INDEX "confirmation_queue";
-- Which questions name a lead is another index's (confirmation_of_lead).
CREATE INDEX "confirmation_queue" ON "confirmation"("tenant_id", "id") INCLUDE ("private", "reasons", "from_address", "search_key") WHERE "settled_at" IS NULL;
DROP INDEX "confirmation_settled";
CREATE INDEX "confirmation_settled" ON "confirmation"("tenant_id", "settled_at", "id")
  INCLUDE ("private", "reasons", "from_address", "search_key", "candidate_leads") WHERE "settled_at" IS NOT NULL;
-- What somebody sent and what was settled, side by side: twenty thousand of the one are not looked up in the other.
CREATE INDEX "confirmation_settled_of_mail" ON "confirmation"("tenant_id", "mail_id") INCLUDE ("settled_at", "id") WHERE "settled_at" IS NOT NULL;
