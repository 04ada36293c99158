-- What ANALYZE costs while mail comes in: it was a quarter of the database's work in a fresh database.

-- No statistics of what no query chooses by: for them whole texts and JSON documents were sorted and compared.
DO $$
DECLARE chosen record;
BEGIN
  FOR chosen IN SELECT * FROM (VALUES
    ('inbound_message', ARRAY['sha256', 'reverse_path', 'forward_paths', 'client_address', 'helo_name', 'tls', 'authenticated_as', 'trusted_authserv_id']),
    ('raw_message', ARRAY['content']),
    ('delivery', ARRAY['detail', 'trace']),
    ('mail', ARRAY['subject', 'from_name', 'newest_text', 'text', 'html', 'defects', 'earlier']),
    ('participant', ARRAY['address', 'name']),
    ('attachment_blob', ARRAY['content']),
    ('attachment', ARRAY['file_name', 'media_type', 'content_id']),
    ('capture', ARRAY['address', 'note']),
    ('history_entry', ARRAY['evidence']),
    ('confirmation', ARRAY['candidates', 'evidence', 'answer']),
    ('audit_entry', ARRAY['detail'])
  ) AS t(table_name, columns) LOOP
    EXECUTE format('ALTER TABLE %I %s', chosen.table_name,
      (SELECT string_agg(format('ALTER COLUMN %I SET STATISTICS 0', name), ', ') FROM unnest(chosen.columns) AS name));
  END LOOP;
END
$$;

-- Analyzed early (see the first migration), and then each time that a table has grown by half: its columns are filled alike for ever. Of a delivery each
-- row is written three times.
DO $$
DECLARE table_name text;
BEGIN
  FOREACH table_name IN ARRAY ARRAY[
    'inbound_message', 'raw_message', 'mail', 'participant', 'attachment_blob', 'attachment', 'capture', 'history_entry', 'confirmation', 'audit_entry'
  ] LOOP
    EXECUTE format('ALTER TABLE %I SET (autovacuum_analyze_scale_factor = 0.5)', table_name);
  END LOOP;
END
$$;
ALTER TABLE "delivery" SET (autovacuum_analyze_scale_factor = 1.5);
