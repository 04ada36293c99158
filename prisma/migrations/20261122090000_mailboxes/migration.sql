-- Mailboxes on IMAP servers, and what a message tells of the one that it was fetched from.

-- AlterTable
ALTER TABLE "inbound_message" ADD COLUMN     "mailbox_id" UUID,
ADD COLUMN     "only_tenant_id" UUID,
ADD COLUMN     "trusted_authserv_id" TEXT;

-- CreateTable
CREATE TABLE "mailbox" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "host" TEXT NOT NULL,
    "port" INTEGER NOT NULL,
    "tls" TEXT NOT NULL,
    "user_name" TEXT NOT NULL,
    "folder" TEXT NOT NULL,
    "afterwards" TEXT NOT NULL,
    "move_to" TEXT,
    "trusted_authserv_id" TEXT,
    "secret" BYTEA NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "cursor" JSONB,
    "lease_holder" UUID,
    "lease_until" TIMESTAMPTZ(3),
    "connected_at" TIMESTAMPTZ(3),
    "last_mail_at" TIMESTAMPTZ(3),
    "up_to_date_at" TIMESTAMPTZ(3),
    "waiting" INTEGER NOT NULL DEFAULT 0,
    "set_aside" INTEGER NOT NULL DEFAULT 0,
    "last_error" TEXT,
    "last_error_at" TIMESTAMPTZ(3),

    CONSTRAINT "mailbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "mailbox_tenant_id_idx" ON "mailbox"("tenant_id");

-- CreateIndex
CREATE UNIQUE INDEX "mailbox_host_port_user_name_folder_key" ON "mailbox"("host", "port", "user_name", "folder");

-- AddForeignKey
ALTER TABLE "mailbox" ADD CONSTRAINT "mailbox_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

ALTER TABLE "mailbox"
  ADD CONSTRAINT "mailbox_tls_list" CHECK ("tls" IN ('on', 'starttls', 'off')),
  ADD CONSTRAINT "mailbox_afterwards_list" CHECK ("afterwards" IN ('seen', 'delete', 'leave', 'move')),
  ADD CONSTRAINT "mailbox_moves_somewhere" CHECK (("afterwards" = 'move') = ("move_to" IS NOT NULL)),
  ADD CONSTRAINT "mailbox_port_range" CHECK ("port" BETWEEN 1 AND 65535),
  ADD CONSTRAINT "mailbox_lease_whole" CHECK (("lease_holder" IS NULL) = ("lease_until" IS NULL));

ALTER TABLE "mailbox" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "mailbox" FORCE ROW LEVEL SECURITY;

-- A tenant sees and changes its own, and never the secret as it is stored. Those of the installation (no tenant) are the operator's business.
CREATE POLICY program ON mailbox TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT INSERT, UPDATE, DELETE ON mailbox TO leadpost_program;
-- The router watches all of them, for whomever.
CREATE POLICY router ON mailbox TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON mailbox TO leadpost_router;
-- The operator: the health of all.
CREATE POLICY operator ON mailbox FOR SELECT TO leadpost_operator USING (true);
DO $$
DECLARE columns text;
BEGIN
  SELECT string_agg(quote_ident(column_name), ', ') INTO columns
  FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'mailbox' AND column_name <> 'secret';
  EXECUTE format('GRANT SELECT (%s) ON mailbox TO leadpost_program, leadpost_operator', columns);
END
$$;
