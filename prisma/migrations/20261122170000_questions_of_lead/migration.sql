-- Which open questions name a lead among their candidates: counted at each lead that is looked at, and read from a hundred thousand until now.

-- Nothing of this one in Prisma's schema: partial, and of its own kind.
CREATE INDEX "confirmation_of_lead" ON "confirmation" USING GIN ("candidate_leads") WITH (fastupdate = off) WHERE "settled_at" IS NULL;

-- A function, as for what questions ask for (the migration of the offers): below a policy Postgres uses no index for what arrays contain.
CREATE FUNCTION questions_of_lead(lead uuid) RETURNS SETOF uuid
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off SET enable_seqscan = off
  AS $$
    SELECT o.id FROM confirmation o WHERE o.settled_at IS NULL AND o.candidate_leads @> ARRAY[lead] AND o.tenant_id = app_tenant()
  $$;
REVOKE ALL ON FUNCTION questions_of_lead(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION questions_of_lead(uuid) TO leadpost_program;
DO $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT SELECT (candidate_leads) ON confirmation TO leadpost_search;
    GRANT CREATE ON SCHEMA public TO leadpost_search;
    ALTER FUNCTION questions_of_lead(uuid) OWNER TO leadpost_search;
    REVOKE CREATE ON SCHEMA public FROM leadpost_search;
  END IF;
END
$$;
