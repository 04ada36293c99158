-- Host names that a tenant says are his until DNS proves it, and keys to the HTTP API.

-- CreateTable
CREATE TABLE "host_claim" (
    "tenant_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "subdomains" BOOLEAN NOT NULL DEFAULT false,
    "token" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "checked_at" TIMESTAMPTZ(3),
    "finding" TEXT,
    "missing_since" TIMESTAMPTZ(3),
    "missing_answers" INTEGER NOT NULL DEFAULT 0,
    "next_check_at" TIMESTAMPTZ(3),

    CONSTRAINT "host_claim_pkey" PRIMARY KEY ("tenant_id","name")
);

-- CreateTable
CREATE TABLE "api_key" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "role" TEXT NOT NULL,
    "name" TEXT,
    "key_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_key_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateIndex
CREATE INDEX "host_claim_name_idx" ON "host_claim"("name");

-- CreateIndex
CREATE UNIQUE INDEX "api_key_key_hash_key" ON "api_key"("key_hash");

-- AddForeignKey
ALTER TABLE "host_claim" ADD CONSTRAINT "host_claim_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "api_key" ADD CONSTRAINT "api_key_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- Which names are due to be looked up again.
CREATE INDEX "host_claim_due" ON "host_claim"("next_check_at") WHERE "next_check_at" IS NOT NULL;

ALTER TABLE "host_claim"
  ADD CONSTRAINT "host_claim_finding_list" CHECK ("finding" IN ('found', 'missing', 'wrongValue', 'misplaced', 'unknown')),
  ADD CONSTRAINT "host_claim_shape" CHECK ("name" ~ '^[a-z0-9._-]{1,253}$' AND "name" NOT LIKE '%.'),
  ADD CONSTRAINT "host_claim_missing_whole" CHECK (("missing_since" IS NULL) = ("missing_answers" = 0));
ALTER TABLE "api_key"
  ADD CONSTRAINT "api_key_role_list" CHECK ("role" IN ('admin', 'reviewer', 'salesperson', 'submit')),
  ADD CONSTRAINT "api_key_hash_octets" CHECK (octet_length("key_hash") = 32);
-- Whoever is in this table holds the name against everybody else, so nobody gets in by a mere claim.
ALTER TABLE "host_name" ADD CONSTRAINT "host_name_counts" CHECK ("vouched_for" OR "proven_at" IS NOT NULL);

ALTER TABLE "host_claim" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "host_claim" FORCE ROW LEVEL SECURITY;
ALTER TABLE "api_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "api_key" FORCE ROW LEVEL SECURITY;

CREATE POLICY program ON host_claim TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON host_claim TO leadpost_program;
-- The router looks names up in DNS once for all who claim them, and shares out which process looks again.
CREATE POLICY router ON host_claim TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, UPDATE (next_check_at) ON host_claim TO leadpost_router;
CREATE POLICY operator ON host_claim FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT ON host_claim TO leadpost_operator;

-- A tenant makes, lists and revokes its keys. None is changed otherwise or deleted: what was done with it stays explainable.
CREATE POLICY program ON api_key TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT (tenant_id, id, role, name, created_at, created_by, expires_at, revoked_at), INSERT, UPDATE (revoked_at) ON api_key
  TO leadpost_program;
-- The router finds out whose a key is, by the hash of what came.
CREATE POLICY router ON api_key FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, id, role, key_hash, expires_at, revoked_at) ON api_key TO leadpost_router;
CREATE POLICY operator ON api_key FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, id, role, name, created_at, created_by, expires_at, revoked_at) ON api_key TO leadpost_operator;
