-- By hand, all of it: three more functions of the search, for what its index is slow at. They answer of the transaction's tenant alone, as those before.

-- Of a beginning of words the index gathers each mail that has one, a hundred thousand where it is common, whatever stands beside it. So where another word
-- is rare, that one alone is looked for in the index, and the rest in what it finds (a function, not the operator, for which the index would be asked).
CREATE FUNCTION search_rare(rare tsquery, rest tsquery, before_at timestamptz, before_id uuid, at_most int)
  RETURNS TABLE (mail_id uuid, occurred_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off SET enable_seqscan = off SET work_mem = '64MB'
  AS $$
    WITH found AS MATERIALIZED (
      SELECT s.tenant_id, s.mail_id, s.occurred_at FROM mail_search s WHERE s.document @@ rare AND ts_match_vq(s.document, rest)
    )
    SELECT f.mail_id, f.occurred_at FROM found f
    WHERE f.tenant_id = app_tenant() AND (f.occurred_at, f.mail_id) < (coalesce(before_at, 'infinity'), coalesce(before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
    ORDER BY f.occurred_at DESC, f.mail_id DESC LIMIT at_most
  $$;

-- How many of the newest mails have each word.
CREATE FUNCTION search_counts(words tsquery[], window_size int) RETURNS int[]
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off
  AS $$
    WITH newest AS MATERIALIZED (
      SELECT s.document FROM mail_search s WHERE s.tenant_id = app_tenant() ORDER BY s.occurred_at DESC, s.mail_id DESC LIMIT window_size
    )
    SELECT array_agg((SELECT count(*) FROM newest n WHERE n.document @@ w.word)::int ORDER BY w.place) FROM unnest(words) WITH ORDINALITY AS w(word, place)
  $$;

-- Which of some mails match.
CREATE FUNCTION search_among(query tsquery, ids uuid[], at_most int) RETURNS TABLE (mail_id uuid, occurred_at timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp SET jit = off SET enable_seqscan = off
  AS $$
    SELECT s.mail_id, s.occurred_at FROM mail_search s
    WHERE s.tenant_id = app_tenant() AND s.mail_id = ANY(ids) AND ts_match_vq(s.document, query)
    ORDER BY s.occurred_at DESC, s.mail_id DESC LIMIT at_most
  $$;

REVOKE ALL ON FUNCTION search_rare(tsquery, tsquery, timestamptz, uuid, int), search_counts(tsquery[], int), search_among(tsquery, uuid[], int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_rare(tsquery, tsquery, timestamptz, uuid, int), search_counts(tsquery[], int), search_among(tsquery, uuid[], int)
  TO leadpost_program;
-- As whom they run: see the migration of the search.
DO $$
BEGIN
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    GRANT CREATE ON SCHEMA public TO leadpost_search;
    ALTER FUNCTION search_rare(tsquery, tsquery, timestamptz, uuid, int) OWNER TO leadpost_search;
    ALTER FUNCTION search_counts(tsquery[], int) OWNER TO leadpost_search;
    ALTER FUNCTION search_among(tsquery, uuid[], int) OWNER TO leadpost_search;
    REVOKE CREATE ON SCHEMA public FROM leadpost_search;
  END IF;
END
$$;
