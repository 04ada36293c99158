-- Full-text search in what stands in histories, filled in the background; and the deeds of one mail, found by it.

-- CreateTable
CREATE TABLE "mail_search" (
    "tenant_id" UUID NOT NULL,
    "mail_id" UUID NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "document" tsvector NOT NULL,

    CONSTRAINT "mail_search_pkey" PRIMARY KEY ("tenant_id","mail_id")
);

-- CreateTable
CREATE TABLE "search_progress" (
    "tenant_id" UUID NOT NULL,
    "seen" pg_snapshot NOT NULL,
    "target" pg_snapshot,
    "done_to" UUID,
    "filled_to" UUID,
    "filled" BOOLEAN NOT NULL DEFAULT false,

    CONSTRAINT "search_progress_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateIndex
CREATE INDEX "audit_entry_tenant_id_subject_idx" ON "audit_entry"("tenant_id", "subject");

-- CreateIndex
CREATE INDEX "mail_search_newest" ON "mail_search"("tenant_id", "occurred_at", "mail_id");

-- CreateIndex
CREATE INDEX "mail_search_document" ON "mail_search" USING GIN ("document") WITH (fastupdate = on, gin_pending_list_limit = 1024);

-- AddForeignKey
ALTER TABLE "mail_search" ADD CONSTRAINT "mail_search_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "search_progress" ADD CONSTRAINT "search_progress_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenant"("id") ON DELETE CASCADE ON UPDATE CASCADE;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- The documents lie beside the table, so that a hundred thousand rows that match are sorted by time without reading them.
ALTER TABLE "mail_search" SET (toast_tuple_target = 128, autovacuum_analyze_threshold = 200);
ALTER TABLE "mail_search" ALTER COLUMN "document" SET STORAGE EXTERNAL;

-- Beginnings of addresses, in the order of their code points.
CREATE INDEX "contact_address_beginning" ON "contact_address"("tenant_id", "address_key" COLLATE "C") WHERE "address_key" <> '';

ALTER TABLE "mail_search" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "mail_search" FORCE ROW LEVEL SECURITY;
ALTER TABLE "search_progress" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "search_progress" FORCE ROW LEVEL SECURITY;
CREATE POLICY program ON mail_search TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON mail_search TO leadpost_program;
CREATE POLICY program ON search_progress TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE ON search_progress TO leadpost_program;
-- The router finds out which tenants have something that is not searchable yet.
CREATE POLICY router ON search_progress FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, seen, target, filled) ON search_progress TO leadpost_router;
CREATE POLICY router ON audit_entry FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, written_in) ON audit_entry TO leadpost_router;

-- Matching words may leak what it looks at (by an error, say), so below a policy Postgres uses no text index: all rows of the tenant would be read. Hence
-- two functions that run as a role to whom all documents are open. They answer ids of the transaction's tenant alone; what those stand for is read under
-- the caller's own policies.

-- The newest mails of a tenant that match, of the newest `window_size` behind (before_at, before_id): quick where many match.
CREATE FUNCTION search_newest(query tsquery, before_at timestamptz, before_id uuid, at_most int, window_size int)
  RETURNS TABLE (mail_id uuid, occurred_at timestamptz, is_last boolean)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off
  AS $$
    WITH newest AS MATERIALIZED (
      SELECT s.mail_id, s.occurred_at, s.document FROM mail_search s
      WHERE s.tenant_id = app_tenant() AND (s.occurred_at, s.mail_id) < (coalesce(before_at, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
      ORDER BY s.occurred_at DESC, s.mail_id DESC LIMIT window_size
    ), last AS (
      SELECT n.mail_id, n.occurred_at FROM newest n ORDER BY n.occurred_at, n.mail_id LIMIT 1
    )
    (SELECT n.mail_id, n.occurred_at, false FROM newest n WHERE n.document @@ query ORDER BY n.occurred_at DESC, n.mail_id DESC LIMIT at_most)
    UNION ALL
    SELECT l.mail_id, l.occurred_at, true FROM last l WHERE (SELECT count(*) FROM newest) = window_size
  $$;

-- The same over all of them, through the index over words: quick where few match. The tenant is a word of every document, so the index finds the
-- tenant's own; that only those are answered does not rest on it.
CREATE FUNCTION search_all(query tsquery, before_at timestamptz, before_id uuid, at_most int)
  RETURNS TABLE (mail_id uuid, occurred_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off SET enable_seqscan = off SET work_mem = '64MB'
  AS $$
    WITH found AS MATERIALIZED (
      SELECT s.tenant_id, s.mail_id, s.occurred_at FROM mail_search s WHERE s.document @@ query
    )
    SELECT f.mail_id, f.occurred_at FROM found f
    WHERE f.tenant_id = app_tenant() AND (f.occurred_at, f.mail_id) < (coalesce(before_at, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY f.occurred_at DESC, f.mail_id DESC LIMIT at_most
  $$;

REVOKE ALL ON FUNCTION search_newest(tsquery, timestamptz, uuid, int, int), search_all(tsquery, timestamptz, uuid, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_newest(tsquery, timestamptz, uuid, int, int), search_all(tsquery, timestamptz, uuid, int) TO leadpost_program;
-- As whom they run: where a superuser migrates, a role of their own that can sign in nowhere and reads nothing but documents; else the owner of the
-- tables, who may make no roles, and is no superuser either.
DO $$
DECLARE
  is_super boolean := (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
  search_role text := CASE WHEN is_super THEN 'leadpost_search' ELSE current_user END;
BEGIN
  IF is_super AND NOT EXISTS (SELECT FROM pg_roles WHERE rolname = search_role) THEN
    BEGIN
      CREATE ROLE leadpost_search NOLOGIN NOINHERIT;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
  END IF;
  EXECUTE format('CREATE POLICY search ON mail_search FOR SELECT TO %I USING (true)', search_role);
  IF is_super THEN
    GRANT USAGE ON SCHEMA public TO leadpost_search;
    GRANT SELECT ON mail_search TO leadpost_search;
    -- Nobody may own a function in a schema where he may not make one; afterwards he need not.
    GRANT CREATE ON SCHEMA public TO leadpost_search;
    ALTER FUNCTION search_newest(tsquery, timestamptz, uuid, int, int) OWNER TO leadpost_search;
    ALTER FUNCTION search_all(tsquery, timestamptz, uuid, int) OWNER TO leadpost_search;
    REVOKE CREATE ON SCHEMA public FROM leadpost_search;
  END IF;
END
$$;
