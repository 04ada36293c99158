-- Mail that would now match is offered: what was added to the CRM since it came, which open questions that touches, and what nobody's mail was about.

-- AlterTable
ALTER TABLE "confirmation" ADD COLUMN     "asks" BIGINT[];

-- AlterTable
ALTER TABLE "contact_address" ADD COLUMN     "added_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "delivery" ADD COLUMN     "author_domains" TEXT[];

-- AlterTable
ALTER TABLE "quote" ADD COLUMN     "added_at" TIMESTAMPTZ(3);

-- CreateTable
CREATE TABLE "addition" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "kind" TEXT NOT NULL,
    "keys" TEXT[],
    "at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "looked_at" TIMESTAMPTZ(3),

    CONSTRAINT "addition_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "reconsideration" (
    "tenant_id" UUID NOT NULL,
    "confirmation_id" UUID NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'due',
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "detail" TEXT,

    CONSTRAINT "reconsideration_pkey" PRIMARY KEY ("tenant_id","confirmation_id")
);

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

ALTER TABLE "addition" ADD CONSTRAINT "addition_kind_list"
  CHECK ("kind" IN ('number', 'quote', 'name', 'address', 'company', 'contactPerson', 'hostName'));
ALTER TABLE "reconsideration" ADD CONSTRAINT "reconsideration_state_list" CHECK ("state" IN ('due', 'failed'));
ALTER TABLE "confirmation"
  DROP CONSTRAINT "confirmation_reason_list",
  ADD CONSTRAINT "confirmation_reason_list" CHECK (cardinality("reasons") > 0 AND "reasons" <@ ARRAY[
    'unmatched', 'ambiguous', 'contradiction', 'unauthenticatedSender', 'severalAuthors', 'outsideReply', 'sameIdOtherContent',
    'tooManyCandidates', 'unreadable', 'undone', 'addedLater'
  ]::text[]);

-- What was on file before has no time: nobody says of it that it came later. A default of its own step, so that no table is written anew.
ALTER TABLE "contact_address" ALTER COLUMN "added_at" SET DEFAULT CURRENT_TIMESTAMP;
ALTER TABLE "quote" ALTER COLUMN "added_at" SET DEFAULT CURRENT_TIMESTAMP;

-- No statistics of what no query chooses by.
ALTER TABLE "confirmation" ALTER COLUMN "asks" SET STATISTICS 0;
ALTER TABLE "delivery" ALTER COLUMN "author_domains" SET STATISTICS 0;
ALTER TABLE "addition" ALTER COLUMN "keys" SET STATISTICS 0;

-- Whose mail is nobody's: of mail that came before this is known who sent it, and nearly always he is its author. The router reads the From field anew.
ALTER TABLE "delivery" NO FORCE ROW LEVEL SECURITY;
ALTER TABLE "inbound_message" NO FORCE ROW LEVEL SECURITY;
UPDATE "delivery" d SET "author_domains" = ARRAY[lower(substring(m."reverse_path" FROM '@([^@]+)$'))]
FROM "inbound_message" m WHERE m."id" = d."message_id" AND d."state" = 'unroutable' AND m."reverse_path" ~ '@[^@]+$';
ALTER TABLE "delivery" FORCE ROW LEVEL SECURITY;
ALTER TABLE "inbound_message" FORCE ROW LEVEL SECURITY;

-- What an open question asks for (store/asked-keys.ts), and those of which that is not written yet. Nothing waits in a list of its own (fastupdate), for a
-- look asks for thousands of keys one by one, and would go through that list each time.
CREATE INDEX "confirmation_asks" ON "confirmation" USING GIN ("asks") WITH (fastupdate = off) WHERE "settled_at" IS NULL;
CREATE INDEX "confirmation_unasked" ON "confirmation"("tenant_id", "id") WHERE "settled_at" IS NULL AND "asks" IS NULL;
CREATE INDEX "reconsideration_due" ON "reconsideration"("tenant_id", "due_at") WHERE "state" = 'due';

ALTER TABLE "addition" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "addition" FORCE ROW LEVEL SECURITY;
ALTER TABLE "reconsideration" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "reconsideration" FORCE ROW LEVEL SECURITY;
CREATE POLICY program ON addition TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON addition TO leadpost_program;
CREATE POLICY program ON reconsideration TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant());
GRANT SELECT, INSERT, UPDATE, DELETE ON reconsideration TO leadpost_program;
-- The router finds out which tenants have something to do.
CREATE POLICY router ON addition FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, looked_at) ON addition TO leadpost_router;
CREATE POLICY router ON reconsideration FOR SELECT TO leadpost_router USING (true);
GRANT SELECT (tenant_id, state, due_at) ON reconsideration TO leadpost_router;

-- Told by whoever adds it, whichever way it comes; one row a statement, however many rows that brings.
CREATE FUNCTION tell_addition(of_tenant uuid, of_kind text, of_keys text[]) RETURNS void LANGUAGE sql AS $$
  INSERT INTO addition (tenant_id, kind, keys) SELECT of_tenant, of_kind, of_keys WHERE cardinality(of_keys) > 0
$$;

CREATE FUNCTION tell_leads_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(tenant_id, 'number', array_agg(number)),
          tell_addition(tenant_id, 'name', array_agg(DISTINCT name_key) FILTER (WHERE name_key <> '')),
          tell_addition(tenant_id, 'company', array_agg(DISTINCT company_id::text) FILTER (WHERE company_id IS NOT NULL AND status = 'open'))
  FROM fresh GROUP BY tenant_id;
  RETURN NULL;
END
$$;
-- Another name, another company, open again.
CREATE FUNCTION tell_leads_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(f.tenant_id, 'name', array_agg(DISTINCT f.name_key) FILTER (WHERE f.name_key <> '' AND f.name_key <> g.name_key)),
          tell_addition(f.tenant_id, 'company', array_agg(DISTINCT f.company_id::text) FILTER (
            WHERE f.company_id IS NOT NULL AND f.status = 'open' AND (f.company_id IS DISTINCT FROM g.company_id OR g.status <> 'open'))),
          tell_addition(f.tenant_id, 'number', array_agg(f.number) FILTER (WHERE f.number <> g.number))
  FROM fresh f JOIN gone g ON g.tenant_id = f.tenant_id AND g.id = f.id GROUP BY f.tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_quotes_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(tenant_id, 'quote', array_agg(number)) FROM fresh GROUP BY tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_quotes_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(f.tenant_id, 'quote', array_agg(f.number))
  FROM fresh f JOIN gone g ON g.tenant_id = f.tenant_id AND g.number = f.number WHERE f.lead_id <> g.lead_id GROUP BY f.tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_addresses_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(tenant_id, 'address', array_agg(DISTINCT address_key)) FROM fresh GROUP BY tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_key_players_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(tenant_id, 'contactPerson', array_agg(DISTINCT contact_person_id::text)) FROM fresh GROUP BY tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_contact_persons_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(f.tenant_id, 'contactPerson', array_agg(f.id::text))
  FROM fresh f JOIN gone g ON g.tenant_id = f.tenant_id AND g.id = f.id WHERE f.company_id <> g.company_id GROUP BY f.tenant_id;
  RETURN NULL;
END
$$;
-- A row is there only while the name counts.
CREATE FUNCTION tell_host_names_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(tenant_id, 'hostName', array_agg(name)) FROM fresh GROUP BY tenant_id;
  RETURN NULL;
END
$$;
CREATE FUNCTION tell_host_names_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM tell_addition(f.tenant_id, 'hostName', array_agg(f.name))
  FROM fresh f JOIN gone g ON g.name = f.name
  WHERE (f.subdomains AND NOT g.subdomains) OR f.tenant_id <> g.tenant_id GROUP BY f.tenant_id;
  RETURN NULL;
END
$$;
DO $$
DECLARE told record;
BEGIN
  FOR told IN SELECT * FROM (VALUES
    ('lead', 'leads'), ('quote', 'quotes'), ('contact_address', 'addresses'), ('key_player', 'key_players'), ('host_name', 'host_names')
  ) AS v(table_name, what) LOOP
    EXECUTE format('CREATE TRIGGER addition_told AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION %I()', told.table_name, format('tell_%s_added', told.what));
  END LOOP;
  FOR told IN SELECT * FROM (VALUES
    ('lead', 'leads'), ('quote', 'quotes'), ('contact_person', 'contact_persons'), ('host_name', 'host_names')
  ) AS v(table_name, what) LOOP
    EXECUTE format('CREATE TRIGGER addition_told_by_change AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION %I()', told.table_name, format('tell_%s_changed', told.what));
  END LOOP;
END
$$;

-- Open questions of the transaction's tenant that ask for one of these keys; key by key, for of thousands together the planner believes that they meet
-- every row, and compares all with all. What arrays contain may leak what it looks at, so below a policy Postgres uses no index for it: as
-- with the search of words, hence a function that runs as a role to whom the keys, which are hashes, of all are open.
CREATE FUNCTION questions_asking(asked bigint[], since timestamptz) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off SET enable_seqscan = off
  AS $$
    SELECT DISTINCT c.id FROM unnest(asked) AS k(key) CROSS JOIN LATERAL (
      SELECT o.id, o.tenant_id, o.opened_at FROM confirmation o WHERE o.settled_at IS NULL AND o.asks @> ARRAY[k.key]) c
    WHERE c.tenant_id = app_tenant() AND (since IS NULL OR c.opened_at > since)
  $$;
REVOKE ALL ON FUNCTION questions_asking(bigint[], timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questions_asking(bigint[], timestamptz) TO leadpost_program;
-- As whom it runs: see the migration of the search.
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
  EXECUTE format('CREATE POLICY search ON confirmation FOR SELECT TO %I USING (true)', search_role);
  IF is_super THEN
    GRANT USAGE ON SCHEMA public TO leadpost_search;
    GRANT SELECT (tenant_id, id, asks, settled_at, opened_at) ON confirmation TO leadpost_search;
    GRANT CREATE ON SCHEMA public TO leadpost_search;
    ALTER FUNCTION questions_asking(bigint[], timestamptz) OWNER TO leadpost_search;
    REVOKE CREATE ON SCHEMA public FROM leadpost_search;
  END IF;
END
$$;
