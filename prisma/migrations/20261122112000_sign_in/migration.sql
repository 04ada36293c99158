-- Signing in: operators, sessions, one-time links, guesses at passwords, and a tenant's OpenID provider.

-- AlterTable
ALTER TABLE "user_account" ADD COLUMN     "locale" TEXT,
ADD COLUMN     "time_zone" TEXT,
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "operator_account" (
    "id" UUID NOT NULL,
    "email" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "password_hash" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "locale" TEXT,
    "time_zone" TEXT,

    CONSTRAINT "operator_account_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "session" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "user_id" UUID,
    "operator_id" UUID,
    "token_hash" BYTEA NOT NULL,
    "signed_in_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "last_seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "client_address" TEXT,
    "user_agent" TEXT,

    CONSTRAINT "session_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "one_time_link" (
    "id" UUID NOT NULL,
    "tenant_id" UUID,
    "user_id" UUID,
    "operator_id" UUID,
    "kind" TEXT NOT NULL,
    "token_hash" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_by" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,
    "used_at" TIMESTAMPTZ(3),

    CONSTRAINT "one_time_link_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "password_guess" (
    "key_hash" BYTEA NOT NULL,
    "count" INTEGER NOT NULL,
    "last_at" TIMESTAMPTZ(3) NOT NULL,
    "blocked_until" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "password_guess_pkey" PRIMARY KEY ("key_hash")
);

-- CreateTable
CREATE TABLE "oidc_provider" (
    "tenant_id" UUID NOT NULL,
    "issuer" TEXT NOT NULL,
    "client_id" TEXT NOT NULL,
    "client_secret" BYTEA,
    "changed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "oidc_provider_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "oidc_sign_in" (
    "tenant_id" UUID NOT NULL,
    "state_hash" BYTEA NOT NULL,
    "nonce" TEXT NOT NULL,
    "code_verifier" TEXT NOT NULL,
    "return_path" TEXT NOT NULL,
    "expires_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "oidc_sign_in_pkey" PRIMARY KEY ("tenant_id","state_hash")
);

-- CreateIndex
CREATE UNIQUE INDEX "operator_account_email_key" ON "operator_account"("email");

-- CreateIndex
CREATE UNIQUE INDEX "session_token_hash_key" ON "session"("token_hash");

-- CreateIndex
CREATE INDEX "session_tenant_id_user_id_idx" ON "session"("tenant_id", "user_id");

-- CreateIndex
CREATE INDEX "session_operator_id_idx" ON "session"("operator_id");

-- CreateIndex
CREATE INDEX "session_last_seen_at_idx" ON "session"("last_seen_at");

-- CreateIndex
CREATE UNIQUE INDEX "one_time_link_token_hash_key" ON "one_time_link"("token_hash");

-- CreateIndex
CREATE INDEX "one_time_link_tenant_id_user_id_idx" ON "one_time_link"("tenant_id", "user_id");

-- CreateIndex
CREATE INDEX "one_time_link_expires_at_idx" ON "one_time_link"("expires_at");

-- CreateIndex
CREATE INDEX "password_guess_last_at_idx" ON "password_guess"("last_at");

-- CreateIndex
CREATE UNIQUE INDEX "oidc_sign_in_state_hash_key" ON "oidc_sign_in"("state_hash");

-- CreateIndex
CREATE INDEX "oidc_sign_in_expires_at_idx" ON "oidc_sign_in"("expires_at");

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "session" ADD CONSTRAINT "session_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operator_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_link" ADD CONSTRAINT "one_time_link_tenant_id_user_id_fkey" FOREIGN KEY ("tenant_id", "user_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "one_time_link" ADD CONSTRAINT "one_time_link_operator_id_fkey" FOREIGN KEY ("operator_id") REFERENCES "operator_account"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oidc_provider" ADD CONSTRAINT "oidc_provider_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "oidc_sign_in" ADD CONSTRAINT "oidc_sign_in_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "oidc_provider"("tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- A session, and a link that is for an account, is of one user of one tenant or of one operator.
ALTER TABLE "session"
  ADD CONSTRAINT "session_of_one" CHECK (
    num_nonnulls("user_id", "operator_id") = 1 AND ("user_id" IS NULL) = ("tenant_id" IS NULL)),
  ADD CONSTRAINT "session_token_octets" CHECK (octet_length("token_hash") = 32),
  ADD CONSTRAINT "session_signed_in_by_list" CHECK ("signed_in_by" IN ('password', 'link', 'oidc'));
ALTER TABLE "one_time_link"
  ADD CONSTRAINT "one_time_link_of_one" CHECK (
    num_nonnulls("user_id", "operator_id") = CASE WHEN "kind" = 'firstOperator' THEN 0 ELSE 1 END
    AND ("user_id" IS NULL) = ("tenant_id" IS NULL)),
  ADD CONSTRAINT "one_time_link_token_octets" CHECK (octet_length("token_hash") = 32),
  ADD CONSTRAINT "one_time_link_kind_list" CHECK ("kind" IN ('invitation', 'passwordReset', 'firstOperator', 'signIn'));
ALTER TABLE "password_guess"
  ADD CONSTRAINT "password_guess_octets" CHECK (octet_length("key_hash") = 32);
ALTER TABLE "oidc_sign_in"
  ADD CONSTRAINT "oidc_sign_in_octets" CHECK (octet_length("state_hash") = 32);

-- One address signs in to one account: that of a user or that of an operator.
CREATE FUNCTION one_account_per_address() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE taken boolean;
BEGIN
  IF TG_TABLE_NAME = 'user_account' THEN
    SELECT EXISTS (SELECT FROM operator_account WHERE email = NEW.email) INTO taken;
  ELSE
    SELECT EXISTS (SELECT FROM user_account WHERE email = NEW.email) INTO taken;
  END IF;
  IF taken THEN
    RAISE EXCEPTION 'this address has an account already' USING ERRCODE = 'unique_violation', CONSTRAINT = 'one_account_per_address';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER one_account_per_address BEFORE INSERT OR UPDATE OF email ON user_account
  FOR EACH ROW EXECUTE FUNCTION one_account_per_address();
CREATE TRIGGER one_account_per_address BEFORE INSERT OR UPDATE OF email ON operator_account
  FOR EACH ROW EXECUTE FUNCTION one_account_per_address();

DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY['operator_account', 'session', 'one_time_link', 'password_guess', 'oidc_provider', 'oidc_sign_in'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
  END LOOP;
END
$$;

-- A tenant lists and ends its people's sessions, makes links for them, and sees no hash of any.
CREATE POLICY program ON session TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT (id, tenant_id, user_id, operator_id, signed_in_by, created_at, last_seen_at, expires_at, client_address, user_agent), INSERT, DELETE
  ON session TO leadpost_program;
CREATE POLICY program ON one_time_link TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT (id, tenant_id, user_id, operator_id, kind, created_at, created_by, expires_at, used_at), INSERT, DELETE ON one_time_link
  TO leadpost_program;
CREATE POLICY program ON oidc_provider TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT (tenant_id, issuer, client_id, changed_at), INSERT, UPDATE, DELETE ON oidc_provider TO leadpost_program;
CREATE POLICY program ON oidc_sign_in TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT (tenant_id), INSERT ON oidc_sign_in TO leadpost_program;
-- For the trigger above; of an operator a tenant sees nothing but whether an address is one.
CREATE POLICY program ON operator_account FOR SELECT TO leadpost_program USING (app_tenant() IS NOT NULL);
GRANT SELECT (email) ON operator_account TO leadpost_program;

-- The router finds out whose a cookie, a link or an answer of a provider is: nobody has said so yet. Operators have no tenant, so all of
-- theirs is the router's.
CREATE POLICY router ON operator_account TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE ON operator_account TO leadpost_router;
CREATE POLICY router ON session TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (last_seen_at), DELETE ON session TO leadpost_router;
CREATE POLICY router ON one_time_link TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (used_at), DELETE ON one_time_link TO leadpost_router;
CREATE POLICY router ON password_guess TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE, DELETE ON password_guess TO leadpost_router;
CREATE POLICY router ON oidc_provider FOR SELECT TO leadpost_router USING (true);
GRANT SELECT ON oidc_provider TO leadpost_router;
CREATE POLICY router ON oidc_sign_in TO leadpost_router USING (true) WITH CHECK (true);
GRANT SELECT, DELETE ON oidc_sign_in TO leadpost_router;
GRANT SELECT (role) ON user_account TO leadpost_router;
