-- The whole of the first schema: tables as in schema.prisma; then what only SQL can say: indexes over part of a table, closed lists, roles and
-- row-level security. For Postgres 15 and later.

-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "tenant" (
    "id" UUID NOT NULL,
    "slug" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "locale" TEXT NOT NULL DEFAULT 'en',
    "time_zone" TEXT NOT NULL DEFAULT 'UTC',
    "currency" TEXT NOT NULL DEFAULT 'EUR',
    "unauthenticated_sender" TEXT NOT NULL DEFAULT 'confirm',
    "internal_mail" TEXT NOT NULL DEFAULT 'numbered',
    "only_open_lead" TEXT NOT NULL DEFAULT 'confirm',
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "tenant_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "host_name" (
    "name" TEXT NOT NULL,
    "tenant_id" UUID NOT NULL,
    "subdomains" BOOLEAN NOT NULL DEFAULT false,
    "vouched_for" BOOLEAN NOT NULL DEFAULT false,
    "proven_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "host_name_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "user_account" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "password_hash" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "user_account_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "user_address" (
    "tenant_id" UUID NOT NULL,
    "address_key" TEXT NOT NULL,
    "user_id" UUID NOT NULL,

    CONSTRAINT "user_address_pkey" PRIMARY KEY ("tenant_id","address_key")
);

-- CreateTable
CREATE TABLE "never_log_rule" (
    "tenant_id" UUID NOT NULL,
    "pattern" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "never_log_rule_pkey" PRIMARY KEY ("tenant_id","pattern")
);

-- CreateTable
CREATE TABLE "company" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT,
    "name" TEXT NOT NULL,
    "tax_number" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "company_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "contact_person" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "key" TEXT,
    "company_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "contact_person_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "contact_address" (
    "tenant_id" UUID NOT NULL,
    "address_key" TEXT NOT NULL,
    "contact_person_id" UUID NOT NULL,
    "address" TEXT NOT NULL,

    CONSTRAINT "contact_address_pkey" PRIMARY KEY ("tenant_id","address_key","contact_person_id")
);

-- CreateTable
CREATE TABLE "lead" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "number" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "name_key" TEXT NOT NULL,
    "company_id" UUID,
    "status" TEXT NOT NULL DEFAULT 'open',
    "owner_id" UUID,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "lead_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "key_player" (
    "tenant_id" UUID NOT NULL,
    "lead_id" UUID NOT NULL,
    "contact_person_id" UUID NOT NULL,
    "role" TEXT NOT NULL DEFAULT '',

    CONSTRAINT "key_player_pkey" PRIMARY KEY ("tenant_id","lead_id","contact_person_id")
);

-- CreateTable
CREATE TABLE "quote" (
    "tenant_id" UUID NOT NULL,
    "number" TEXT NOT NULL,
    "lead_id" UUID NOT NULL,

    CONSTRAINT "quote_pkey" PRIMARY KEY ("tenant_id","number")
);

-- CreateTable
CREATE TABLE "inbound_message" (
    "id" UUID NOT NULL,
    "channel" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "reverse_path" TEXT,
    "forward_paths" TEXT[],
    "client_address" TEXT,
    "helo_name" TEXT,
    "tls" TEXT,
    "authenticated_as" TEXT,
    "from_trusted_network" BOOLEAN NOT NULL,

    CONSTRAINT "inbound_message_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "raw_message" (
    "message_id" UUID NOT NULL,
    "content" BYTEA,
    "blob_key" TEXT,
    "erased_at" TIMESTAMPTZ(3),

    CONSTRAINT "raw_message_pkey" PRIMARY KEY ("message_id")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "message_id" UUID NOT NULL,
    "tenant_id" UUID,
    "state" TEXT NOT NULL,
    "reason" TEXT,
    "detail" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "lead_id" UUID,
    "mail_id" UUID,
    "trace" JSONB,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "mail" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "content_fingerprint" TEXT NOT NULL,
    "message_id" TEXT,
    "message_id_hash" BYTEA,
    "subject" TEXT NOT NULL,
    "from_address" TEXT,
    "from_name" TEXT,
    "direction" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL,
    "newest_text" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "html" TEXT,
    "defects" JSONB NOT NULL,
    "automatic" TEXT,
    "erased_at" TIMESTAMPTZ(3),

    CONSTRAINT "mail_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "participant" (
    "tenant_id" UUID NOT NULL,
    "mail_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "role" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "address_key" TEXT,
    "name" TEXT,
    "contact_person_id" UUID,

    CONSTRAINT "participant_pkey" PRIMARY KEY ("tenant_id","mail_id","position")
);

-- CreateTable
CREATE TABLE "attachment_blob" (
    "tenant_id" UUID NOT NULL,
    "sha256" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "content" BYTEA,
    "blob_key" TEXT,

    CONSTRAINT "attachment_blob_pkey" PRIMARY KEY ("tenant_id","sha256")
);

-- CreateTable
CREATE TABLE "attachment" (
    "tenant_id" UUID NOT NULL,
    "mail_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "file_name" TEXT NOT NULL,
    "media_type" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "inline" BOOLEAN NOT NULL,
    "content_id" TEXT,

    CONSTRAINT "attachment_pkey" PRIMARY KEY ("tenant_id","mail_id","position")
);

-- CreateTable
CREATE TABLE "capture" (
    "tenant_id" UUID NOT NULL,
    "delivery_id" UUID NOT NULL,
    "mail_id" UUID NOT NULL,
    "address" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "capture_pkey" PRIMARY KEY ("tenant_id","delivery_id")
);

-- CreateTable
CREATE TABLE "history_entry" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "lead_id" UUID NOT NULL,
    "mail_id" UUID,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "recorded_at" TIMESTAMPTZ(3) NOT NULL,
    "evidence" JSONB NOT NULL,
    "decided_by" TEXT NOT NULL,
    "undone_at" TIMESTAMPTZ(3),

    CONSTRAINT "history_entry_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "confirmation" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "mail_id" UUID NOT NULL,
    "reasons" TEXT[],
    "candidates" JSONB NOT NULL,
    "evidence" JSONB NOT NULL,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "settled_at" TIMESTAMPTZ(3),
    "settled_by" TEXT,
    "answer" JSONB,

    CONSTRAINT "confirmation_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "audit_entry" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "at" TIMESTAMPTZ(3) NOT NULL,
    "actor" TEXT NOT NULL,
    "action" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "detail" JSONB NOT NULL,

    CONSTRAINT "audit_entry_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE UNIQUE INDEX "tenant_slug_key" ON "tenant"("slug");

-- CreateIndex
CREATE INDEX "host_name_tenant_id_idx" ON "host_name"("tenant_id");

-- CreateIndex
CREATE UNIQUE INDEX "user_account_email_key" ON "user_account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "company_tenant_id_key_key" ON "company"("tenant_id", "key");

-- CreateIndex
CREATE INDEX "contact_person_tenant_id_company_id_idx" ON "contact_person"("tenant_id", "company_id");

-- CreateIndex
CREATE UNIQUE INDEX "contact_person_tenant_id_key_key" ON "contact_person"("tenant_id", "key");

-- CreateIndex
CREATE INDEX "contact_address_tenant_id_contact_person_id_idx" ON "contact_address"("tenant_id", "contact_person_id");

-- CreateIndex
CREATE INDEX "lead_tenant_id_name_key_idx" ON "lead"("tenant_id", "name_key");

-- CreateIndex
CREATE INDEX "lead_tenant_id_company_id_idx" ON "lead"("tenant_id", "company_id");

-- CreateIndex
CREATE UNIQUE INDEX "lead_tenant_id_number_key" ON "lead"("tenant_id", "number");

-- CreateIndex
CREATE INDEX "key_player_tenant_id_contact_person_id_idx" ON "key_player"("tenant_id", "contact_person_id");

-- CreateIndex
CREATE INDEX "quote_tenant_id_lead_id_idx" ON "quote"("tenant_id", "lead_id");

-- CreateIndex
CREATE INDEX "delivery_tenant_id_state_idx" ON "delivery"("tenant_id", "state");

-- CreateIndex
CREATE INDEX "delivery_tenant_id_mail_id_idx" ON "delivery"("tenant_id", "mail_id");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_message_id_tenant_id_key" ON "delivery"("message_id", "tenant_id");

-- CreateIndex
CREATE INDEX "mail_tenant_id_message_id_hash_idx" ON "mail"("tenant_id", "message_id_hash");

-- CreateIndex
CREATE UNIQUE INDEX "mail_tenant_id_content_fingerprint_key" ON "mail"("tenant_id", "content_fingerprint");

-- CreateIndex
CREATE INDEX "participant_tenant_id_address_key_idx" ON "participant"("tenant_id", "address_key");

-- CreateIndex
CREATE INDEX "attachment_tenant_id_sha256_idx" ON "attachment"("tenant_id", "sha256");

-- CreateIndex
CREATE INDEX "capture_tenant_id_mail_id_idx" ON "capture"("tenant_id", "mail_id");

-- CreateIndex
CREATE INDEX "history_entry_tenant_id_lead_id_occurred_at_idx" ON "history_entry"("tenant_id", "lead_id", "occurred_at");

-- CreateIndex
CREATE INDEX "history_entry_tenant_id_mail_id_idx" ON "history_entry"("tenant_id", "mail_id");

-- CreateIndex
CREATE INDEX "confirmation_tenant_id_mail_id_idx" ON "confirmation"("tenant_id", "mail_id");

-- CreateIndex
CREATE INDEX "audit_entry_tenant_id_at_idx" ON "audit_entry"("tenant_id", "at");

-- AddForeignKey
ALTER TABLE "host_name" ADD CONSTRAINT "host_name_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "user_address" ADD CONSTRAINT "user_address_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "never_log_rule" ADD CONSTRAINT "never_log_rule_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "company" ADD CONSTRAINT "company_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact_person" ADD CONSTRAINT "contact_person_tenant_id_company_id_fkey" FOREIGN KEY ("tenant_id", "company_id") REFERENCES "company"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "contact_address" ADD CONSTRAINT "contact_address_tenant_id_contact_person_id_fkey" FOREIGN KEY ("tenant_id", "contact_person_id") REFERENCES "contact_person"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lead" ADD CONSTRAINT "lead_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lead" ADD CONSTRAINT "lead_tenant_id_company_id_fkey" FOREIGN KEY ("tenant_id", "company_id") REFERENCES "company"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lead" ADD CONSTRAINT "lead_tenant_id_owner_id_fkey" FOREIGN KEY ("tenant_id", "owner_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_player" ADD CONSTRAINT "key_player_tenant_id_lead_id_fkey" FOREIGN KEY ("tenant_id", "lead_id") REFERENCES "lead"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "key_player" ADD CONSTRAINT "key_player_tenant_id_contact_person_id_fkey" FOREIGN KEY ("tenant_id", "contact_person_id") REFERENCES "contact_person"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "quote" ADD CONSTRAINT "quote_tenant_id_lead_id_fkey" FOREIGN KEY ("tenant_id", "lead_id") REFERENCES "lead"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "raw_message" ADD CONSTRAINT "raw_message_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "inbound_message"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_message_id_fkey" FOREIGN KEY ("message_id") REFERENCES "inbound_message"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_tenant_id_lead_id_fkey" FOREIGN KEY ("tenant_id", "lead_id") REFERENCES "lead"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "participant" ADD CONSTRAINT "participant_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "participant" ADD CONSTRAINT "participant_tenant_id_contact_person_id_fkey" FOREIGN KEY ("tenant_id", "contact_person_id") REFERENCES "contact_person"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attachment" ADD CONSTRAINT "attachment_tenant_id_sha256_fkey" FOREIGN KEY ("tenant_id", "sha256") REFERENCES "attachment_blob"("tenant_id", "sha256") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "capture" ADD CONSTRAINT "capture_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history_entry" ADD CONSTRAINT "history_entry_tenant_id_lead_id_fkey" FOREIGN KEY ("tenant_id", "lead_id") REFERENCES "lead"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "history_entry" ADD CONSTRAINT "history_entry_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "confirmation" ADD CONSTRAINT "confirmation_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- Where nulls count as equal: one row per message and tenant, and one that has no tenant yet.
DROP INDEX "delivery_message_id_tenant_id_key";
CREATE UNIQUE INDEX "delivery_message_id_tenant_id_key" ON "delivery"("message_id", "tenant_id") NULLS NOT DISTINCT;

-- What is due, in the order in which it is claimed; what was tried before apart, so that it is found behind any number of new ones.
CREATE INDEX "delivery_due_new" ON "delivery"("due_at", "id") WHERE "tenant_id" IS NULL AND "state" = 'received' AND "attempts" = 0;
CREATE INDEX "delivery_due_again" ON "delivery"("due_at", "id")
  WHERE "tenant_id" IS NULL AND ("state" = 'processing' OR "state" = 'received' AND "attempts" > 0);
-- Whose content has to go.
CREATE INDEX "delivery_never_log" ON "delivery"("tenant_id", "message_id") WHERE "state" = 'ignored' AND "reason" = 'neverLog';
-- What an operator asks for by state among millions that are settled well.
CREATE INDEX "delivery_troubled" ON "delivery"("state", "message_id") WHERE "state" IN ('failed', 'unroutable');
-- The tenant of a reply from outside, looked up over all tenants.
CREATE INDEX "mail_by_message_id" ON "mail"("message_id_hash") WHERE "message_id_hash" IS NOT NULL;
-- A mail stands in one history at a time; what was undone or moved stays beside it.
CREATE UNIQUE INDEX "history_entry_one_live" ON "history_entry"("tenant_id", "mail_id") WHERE "mail_id" IS NOT NULL AND "undone_at" IS NULL;
-- A mail asks one question at a time.
CREATE UNIQUE INDEX "confirmation_one_open" ON "confirmation"("tenant_id", "mail_id") WHERE "settled_at" IS NULL;
CREATE INDEX "confirmation_open" ON "confirmation"("tenant_id", "id") WHERE "settled_at" IS NULL;
CREATE INDEX "participant_contact_person" ON "participant"("tenant_id", "contact_person_id") WHERE "contact_person_id" IS NOT NULL;

-- A plan that was made while a table was empty may read a whole tenant for one row, in foreign key checks above all, and it is kept until the
-- table is analyzed: that must not wait until thousands of rows are there.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'inbound_message', 'raw_message', 'delivery', 'mail', 'participant', 'attachment_blob', 'attachment', 'capture', 'history_entry',
    'confirmation', 'audit_entry', 'lead', 'contact_person', 'contact_address', 'company'
  ] LOOP
    EXECUTE format('ALTER TABLE %I SET (autovacuum_analyze_threshold = 200)', table_name);
  END LOOP;
END
$$;

-- Closed lists (the same stand in the program's types; a test holds them together) and shapes.
ALTER TABLE "tenant"
  ADD CONSTRAINT "tenant_slug_shape" CHECK ("slug" ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
  ADD CONSTRAINT "tenant_unauthenticated_sender_list" CHECK ("unauthenticated_sender" IN ('confirm', 'refuse')),
  ADD CONSTRAINT "tenant_internal_mail_list" CHECK ("internal_mail" IN ('numbered', 'ignore', 'file')),
  ADD CONSTRAINT "tenant_only_open_lead_list" CHECK ("only_open_lead" IN ('confirm', 'file'));
ALTER TABLE "host_name" ADD CONSTRAINT "host_name_shape" CHECK ("name" ~ '^[a-z0-9._-]{1,253}$' AND "name" NOT LIKE '%.');
ALTER TABLE "user_account" ADD CONSTRAINT "user_account_role_list" CHECK ("role" IN ('admin', 'reviewer', 'salesperson'));
ALTER TABLE "lead"
  ADD CONSTRAINT "lead_status_list" CHECK ("status" IN ('open', 'won', 'lost', 'closed')),
  ADD CONSTRAINT "lead_number_shape" CHECK ("number" ~ '^[0-9]{1,64}$');
ALTER TABLE "inbound_message" ADD CONSTRAINT "inbound_message_channel_list" CHECK ("channel" IN ('smtp', 'imap', 'upload', 'file'));
ALTER TABLE "raw_message"
  ADD CONSTRAINT "raw_message_one_place" CHECK (num_nonnulls("content", "blob_key") = CASE WHEN "erased_at" IS NULL THEN 1 ELSE 0 END);
ALTER TABLE "attachment_blob" ADD CONSTRAINT "attachment_blob_one_place" CHECK (num_nonnulls("content", "blob_key") <= 1);
ALTER TABLE "delivery"
  ADD CONSTRAINT "delivery_state_list"
    CHECK ("state" IN ('received', 'processing', 'appended', 'inReview', 'ignored', 'failed', 'unroutable')),
  ADD CONSTRAINT "delivery_settled_for_a_tenant"
    CHECK ("tenant_id" IS NOT NULL OR "state" IN ('received', 'processing', 'failed', 'unroutable')),
  ADD CONSTRAINT "delivery_appended_somewhere" CHECK ("state" <> 'appended' OR ("lead_id" IS NOT NULL AND "mail_id" IS NOT NULL)),
  ADD CONSTRAINT "delivery_ignore_reason_list"
    CHECK ("state" <> 'ignored' OR "reason" IN ('automaticReply', 'bounce', 'mailingList', 'internalMail', 'neverLog', 'duplicate', 'ownLoop'));
ALTER TABLE "mail"
  ADD CONSTRAINT "mail_direction_list" CHECK ("direction" IN ('outbound', 'inbound', 'internal')),
  ADD CONSTRAINT "mail_automatic_list" CHECK ("automatic" IN ('automaticReply', 'bounce', 'readReceipt', 'mailingList', 'feedbackReport'));
ALTER TABLE "participant"
  ADD CONSTRAINT "participant_role_list" CHECK ("role" IN ('to', 'cc', 'bcc', 'from', 'forwardedFrom', 'forwardedTo', 'forwardedCc'));
ALTER TABLE "capture" ADD CONSTRAINT "capture_channel_list" CHECK ("channel" IN ('smtp', 'imap', 'upload', 'file'));
ALTER TABLE "history_entry" ADD CONSTRAINT "history_entry_kind_list" CHECK ("kind" IN ('mail', 'call', 'meeting', 'note'));
ALTER TABLE "confirmation"
  ADD CONSTRAINT "confirmation_reason_list" CHECK (cardinality("reasons") > 0 AND "reasons" <@ ARRAY[
    'unmatched', 'ambiguous', 'contradiction', 'unauthenticatedSender', 'severalAuthors', 'outsideReply', 'sameIdOtherContent',
    'tooManyCandidates', 'unreadable'
  ]::text[]),
  ADD CONSTRAINT "confirmation_settled_by_somebody" CHECK (("settled_at" IS NULL) = ("settled_by" IS NULL));

-- Roles belong to the server, not to the database: another database may have made them. Nobody signs in as one of these; the program takes
-- one on for the length of a transaction (SET LOCAL ROLE). None owns a table, none is a superuser, so row-level security binds all three.
DO $$
DECLARE role_name text;
BEGIN
  FOREACH role_name IN ARRAY ARRAY['leadpost_program', 'leadpost_router', 'leadpost_operator'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      BEGIN
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', role_name);
      EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
      END;
    END IF;
    -- Who migrates may also run the program, where there is one user for both. If he may not grant it, somebody else has to.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      BEGIN
        EXECUTE format('GRANT %I TO CURRENT_USER', role_name);
      EXCEPTION WHEN insufficient_privilege THEN
        NULL;
      END;
    END IF;
  END LOOP;
END
$$;

-- The tenant of the running transaction, or null: then no row of a tenant is seen.
CREATE FUNCTION app_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('app.tenant', true), '')::uuid $$;

GRANT USAGE ON SCHEMA public TO leadpost_program, leadpost_router, leadpost_operator;

-- Row-level security for every table, whoever owns it.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'tenant', 'host_name', 'user_account', 'user_address', 'never_log_rule', 'company', 'contact_person', 'contact_address', 'lead',
    'key_player', 'quote', 'inbound_message', 'raw_message', 'delivery', 'mail', 'participant', 'attachment_blob', 'attachment', 'capture',
    'history_entry', 'confirmation', 'audit_entry'
  ] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
  END LOOP;
END
$$;

-- The program: the rows of the transaction's tenant, and nothing else.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'host_name', 'user_account', 'user_address', 'never_log_rule', 'company', 'contact_person', 'contact_address', 'lead', 'key_player',
    'quote', 'mail', 'participant', 'attachment_blob', 'attachment', 'capture', 'history_entry', 'confirmation', 'audit_entry'
  ] LOOP
    EXECUTE format(
      'CREATE POLICY program ON %I TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant())', table_name);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO leadpost_program', table_name);
  END LOOP;
END
$$;
-- What happened stays as it was written.
REVOKE UPDATE, DELETE ON audit_entry FROM leadpost_program;
REVOKE DELETE ON history_entry, confirmation, capture FROM leadpost_program;

CREATE POLICY program ON tenant TO leadpost_program USING (id = app_tenant()) WITH CHECK (id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON tenant TO leadpost_program;

-- A delivery that no tenant has yet may be taken over by the transaction's tenant, and given back to be routed anew.
CREATE POLICY program ON delivery TO leadpost_program
  USING (tenant_id = app_tenant() OR (tenant_id IS NULL AND state IN ('received', 'processing') AND app_tenant() IS NOT NULL))
  WITH CHECK (tenant_id = app_tenant() OR (tenant_id IS NULL AND state = 'received' AND app_tenant() IS NOT NULL));
GRANT SELECT, UPDATE ON delivery TO leadpost_program;

-- Envelope and bytes are a tenant's once a delivery is: take the delivery over first, in an earlier statement.
-- OFFSET 0 and IS TRUE, here and below: asked row by row and by the message, never by going through all deliveries of a tenant, however few
-- the planner takes them for.
CREATE POLICY program ON inbound_message FOR SELECT TO leadpost_program
  USING (EXISTS (SELECT FROM delivery d WHERE d.message_id = inbound_message.id AND (d.tenant_id = app_tenant()) IS TRUE OFFSET 0));
GRANT SELECT ON inbound_message TO leadpost_program;
CREATE POLICY program ON raw_message TO leadpost_program
  USING (EXISTS (SELECT FROM delivery d WHERE d.message_id = raw_message.message_id AND (d.tenant_id = app_tenant()) IS TRUE OFFSET 0));
GRANT SELECT, UPDATE (content, blob_key, erased_at) ON raw_message TO leadpost_program;

-- The router: finds out whose a message is. Sees what no tenant has yet, and of the tenants only what that needs.
CREATE POLICY router ON inbound_message TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT ON inbound_message TO leadpost_router;
CREATE POLICY router ON delivery TO leadpost_router USING (tenant_id IS NULL) WITH CHECK (tenant_id IS NULL);
GRANT SELECT, INSERT, UPDATE ON delivery TO leadpost_router;
-- Bytes that a tenant has are that tenant's alone. (An insert that asks for RETURNING or names its conflict column would have to see the row.)
CREATE POLICY router_reads ON raw_message FOR SELECT TO leadpost_router
  USING (EXISTS (SELECT FROM delivery d WHERE d.message_id = raw_message.message_id AND d.tenant_id IS NULL OFFSET 0));
CREATE POLICY router_writes ON raw_message FOR INSERT TO leadpost_router WITH CHECK (true);
GRANT SELECT, INSERT ON raw_message TO leadpost_router;

CREATE POLICY router ON tenant FOR SELECT TO leadpost_router USING (true);
GRANT SELECT ON tenant TO leadpost_router;
CREATE POLICY router ON host_name FOR SELECT TO leadpost_router USING (true);
GRANT SELECT ON host_name TO leadpost_router;
CREATE POLICY router ON user_account FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, id, email, password_hash, disabled_at) ON user_account TO leadpost_router;
CREATE POLICY router ON history_entry FOR SELECT TO leadpost_router USING (mail_id IS NOT NULL AND undone_at IS NULL);
GRANT SELECT (tenant_id, mail_id, undone_at) ON history_entry TO leadpost_router;
CREATE POLICY router ON mail FOR SELECT TO leadpost_router
  USING (EXISTS (SELECT FROM history_entry h WHERE h.tenant_id = mail.tenant_id AND h.mail_id = mail.id AND h.undone_at IS NULL OFFSET 0));
GRANT SELECT (tenant_id, id, message_id_hash) ON mail TO leadpost_router;

-- The operator: where every message stands, in every tenant; no subject, no text, no bytes.
CREATE POLICY operator ON inbound_message FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT ON inbound_message TO leadpost_operator;
CREATE POLICY operator ON delivery FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT ON delivery TO leadpost_operator;
CREATE POLICY operator ON tenant FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT ON tenant TO leadpost_operator;
CREATE POLICY operator ON host_name FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT ON host_name TO leadpost_operator;
CREATE POLICY operator ON lead FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, id, number) ON lead TO leadpost_operator;
CREATE POLICY operator ON mail FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, id, message_id) ON mail TO leadpost_operator;
