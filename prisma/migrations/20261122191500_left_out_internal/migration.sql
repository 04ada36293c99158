-- Mail between colleagues that was left out, for it named a number that nobody knew yet: found when the number is added.
CREATE INDEX "delivery_left_out_internal" ON "delivery"("tenant_id", "message_id") WHERE "state" = 'ignored' AND "reason" = 'internalMail';
