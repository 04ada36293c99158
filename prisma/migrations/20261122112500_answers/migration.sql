-- A person's answers: who works on what, what was taken back, what is private; and a queue of 100,000 open questions that stays quick.

-- AlterTable
ALTER TABLE "confirmation" ADD COLUMN     "candidate_leads" UUID[] DEFAULT ARRAY[]::UUID[],
ADD COLUMN     "claimed_by" TEXT,
ADD COLUMN     "claimed_until" TIMESTAMPTZ(3),
ADD COLUMN     "from_address" TEXT,
ADD COLUMN     "private" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "reopened_at" TIMESTAMPTZ(3),
ADD COLUMN     "search_key" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "thread_key" BYTEA;

-- AlterTable
ALTER TABLE "mail" ADD COLUMN     "private_at" TIMESTAMPTZ(3),
ADD COLUMN     "private_by" TEXT;

-- CreateIndex
CREATE INDEX "capture_tenant_id_address_mail_id_idx" ON "capture"("tenant_id", "address", "mail_id");


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- What was open already. Whoever migrates may be bound by the policies as well (FORCE), and none of them is his.
ALTER TABLE "confirmation" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "mail" NO FORCE ROW LEVEL SECURITY;
UPDATE "confirmation" c SET
  "from_address" = CASE WHEN octet_length(m."from_address") <= 254 THEN m."from_address" END,
  "thread_key" = coalesce(m."earlier"[2], m."earlier"[1], m."message_id_hash"),
  "candidate_leads" = ARRAY(SELECT (k.one->>'leadId')::uuid FROM jsonb_array_elements(c."candidates") WITH ORDINALITY AS k(one, place) ORDER BY place LIMIT 30),
  "search_key" = left(lower(concat_ws(' ', m."subject", translate(m."from_address", '@.', '  '), m."from_name")), 300)
FROM "mail" m WHERE m."tenant_id" = c."tenant_id" AND m."id" = c."mail_id";
ALTER TABLE "confirmation" FORCE ROW LEVEL SECURITY;
ALTER TABLE "mail" FORCE ROW LEVEL SECURITY;

-- The queue in its order, with all that it is filtered by: a hundred thousand are looked through without touching the table. What is included is
-- bounded where it is written (store/confirmation-key.ts), since an index row ends at 2,704 bytes. An index over the words themselves would not be
-- used: under row-level security only operators that leak nothing may come before the policy.
DROP INDEX "confirmation_open";
CREATE INDEX "confirmation_queue" ON "confirmation"("tenant_id", "id") INCLUDE ("private", "mail_id", "search_key", "reasons", "from_address", "candidate_leads")
  WHERE "settled_at" IS NULL;
-- Equal reasons lie together, so that all are counted out of few pages; and the few that are private, for whom they are for.
CREATE INDEX "confirmation_by_reasons" ON "confirmation"("tenant_id", "reasons") WHERE "settled_at" IS NULL AND NOT "private";
CREATE INDEX "confirmation_private" ON "confirmation"("tenant_id", "id") WHERE "settled_at" IS NULL AND "private";
CREATE INDEX "confirmation_of_sender" ON "confirmation"("tenant_id", "from_address", "id") WHERE "settled_at" IS NULL;
CREATE INDEX "confirmation_of_thread" ON "confirmation"("tenant_id", "thread_key") WHERE "settled_at" IS NULL AND "thread_key" IS NOT NULL;
CREATE INDEX "confirmation_settled" ON "confirmation"("tenant_id", "settled_at", "id") WHERE "settled_at" IS NOT NULL;

ALTER TABLE "confirmation"
  DROP CONSTRAINT "confirmation_reason_list",
  ADD CONSTRAINT "confirmation_reason_list" CHECK (cardinality("reasons") > 0 AND "reasons" <@ ARRAY[
    'unmatched', 'ambiguous', 'contradiction', 'unauthenticatedSender', 'severalAuthors', 'outsideReply', 'sameIdOtherContent',
    'tooManyCandidates', 'unreadable', 'undone'
  ]::text[]),
  ADD CONSTRAINT "confirmation_claimed_until_then" CHECK (("claimed_by" IS NULL) = ("claimed_until" IS NULL)),
  ADD CONSTRAINT "confirmation_key_fits_its_index"
    CHECK (octet_length("search_key") <= 1200 AND cardinality("candidate_leads") <= 30 AND octet_length("from_address") <= 254);
ALTER TABLE "delivery"
  DROP CONSTRAINT "delivery_ignore_reason_list",
  ADD CONSTRAINT "delivery_ignore_reason_list" CHECK ("state" <> 'ignored' OR "reason" IN (
    'automaticReply', 'bounce', 'mailingList', 'internalMail', 'neverLog', 'duplicate', 'ownLoop', 'dismissed'));
ALTER TABLE "mail" ADD CONSTRAINT "mail_private_by_somebody" CHECK (("private_at" IS NULL) = ("private_by" IS NULL));
