-- What the page works with beside the mail: follow-up tasks, names found by the beginnings of their words, and versions of what can be edited.

-- AlterTable
ALTER TABLE "company" ADD COLUMN     "name_key" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "contact_person" ADD COLUMN     "name_key" TEXT NOT NULL DEFAULT '',
ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "lead" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "tenant" ADD COLUMN     "version" INTEGER NOT NULL DEFAULT 1;

-- CreateTable
CREATE TABLE "task" (
    "tenant_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "due_on" DATE,
    "lead_id" UUID,
    "mail_id" UUID,
    "assignee_id" UUID NOT NULL,
    "created_by" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "done_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "task_pkey" PRIMARY KEY ("tenant_id","id")
);

-- CreateTable
CREATE TABLE "name_word" (
    "tenant_id" UUID NOT NULL,
    "kind" TEXT NOT NULL,
    "word" TEXT COLLATE "C" NOT NULL,
    "id" UUID NOT NULL,

    CONSTRAINT "name_word_pkey" PRIMARY KEY ("tenant_id","kind","word","id")
);

-- CreateIndex
CREATE INDEX "task_tenant_id_lead_id_idx" ON "task"("tenant_id", "lead_id");

-- CreateIndex
CREATE INDEX "name_word_tenant_id_id_idx" ON "name_word"("tenant_id", "id");

-- CreateIndex
CREATE INDEX "lead_tenant_id_owner_id_id_idx" ON "lead"("tenant_id", "owner_id", "id");

-- CreateIndex
CREATE INDEX "lead_tenant_id_status_id_idx" ON "lead"("tenant_id", "status", "id");

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_tenant_id_assignee_id_fkey" FOREIGN KEY ("tenant_id", "assignee_id") REFERENCES "user_account"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_tenant_id_lead_id_fkey" FOREIGN KEY ("tenant_id", "lead_id") REFERENCES "lead"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "task" ADD CONSTRAINT "task_tenant_id_mail_id_fkey" FOREIGN KEY ("tenant_id", "mail_id") REFERENCES "mail"("tenant_id", "id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

ALTER TABLE "name_word" ADD CONSTRAINT "name_word_kind_list" CHECK ("kind" IN ('lead', 'company', 'contactPerson'));

-- Open tasks by the day that they are due on, for everybody or for one person; done ones, the latest first.
CREATE INDEX "task_open" ON "task"("tenant_id", "due_on", "id") WHERE "done_at" IS NULL;
CREATE INDEX "task_open_of" ON "task"("tenant_id", "assignee_id", "due_on", "id") WHERE "done_at" IS NULL;
CREATE INDEX "task_done" ON "task"("tenant_id", "done_at", "id") WHERE "done_at" IS NOT NULL;
-- The highest number that a tenant has given out. What begins with 0 is not counted on from.
CREATE INDEX "lead_by_number" ON "lead"("tenant_id", length("number"), "number") WHERE "number" !~ '^0';
-- A tenant's messages, the latest first.
CREATE INDEX "delivery_of_tenant_by_message" ON "delivery"("tenant_id", "message_id") WHERE "tenant_id" IS NOT NULL;

CREATE FUNCTION grow_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END
$$;

-- Whole statements at a time, since a load brings many rows. The words of a lead are those of its name, and its number.
CREATE FUNCTION add_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO name_word (tenant_id, kind, word, id)
    SELECT f.tenant_id, TG_ARGV[0], w.word, f.id
    FROM fresh f CROSS JOIN LATERAL unnest(string_to_array(concat_ws(' ', f.name_key, to_jsonb(f) ->> 'number'), ' ')) AS w(word)
    WHERE w.word <> ''
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE FUNCTION change_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM name_word n USING gone g JOIN fresh f ON f.tenant_id = g.tenant_id AND f.id = g.id
    WHERE n.tenant_id = g.tenant_id AND n.id = g.id AND f.name_key <> g.name_key;
  INSERT INTO name_word (tenant_id, kind, word, id)
    SELECT f.tenant_id, TG_ARGV[0], w.word, f.id
    FROM fresh f JOIN gone g ON f.tenant_id = g.tenant_id AND f.id = g.id
      CROSS JOIN LATERAL unnest(string_to_array(concat_ws(' ', f.name_key, to_jsonb(f) ->> 'number'), ' ')) AS w(word)
    WHERE w.word <> '' AND f.name_key <> g.name_key
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END
$$;
CREATE FUNCTION remove_name_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM name_word n USING gone g WHERE n.tenant_id = g.tenant_id AND n.id = g.id;
  RETURN NULL;
END
$$;

-- The owner of the tables is bound by their policies as well, so what is on file is filled in before they count again.
DO $$
DECLARE
  named record;
  table_name text;
BEGIN
  FOR named IN SELECT * FROM (VALUES ('lead', 'lead'), ('company', 'company'), ('contact_person', 'contactPerson')) AS v(table_name, kind) LOOP
    EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', named.table_name);
    -- Folded as well as the database can; from now on the program folds them (crm/lead-name.ts).
    IF named.kind <> 'lead' THEN
      EXECUTE format($sql$UPDATE %I SET name_key = trim(regexp_replace(lower(name), '[^[:alnum:]]+', ' ', 'g'))$sql$, named.table_name);
    END IF;
    EXECUTE format($sql$
      INSERT INTO name_word (tenant_id, kind, word, id)
      SELECT t.tenant_id, %L, w.word, t.id
      FROM %I t CROSS JOIN LATERAL unnest(string_to_array(concat_ws(' ', t.name_key, to_jsonb(t) ->> 'number'), ' ')) AS w(word)
      WHERE w.word <> '' ON CONFLICT DO NOTHING$sql$, named.kind, named.table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', named.table_name);
    EXECUTE format('CREATE TRIGGER name_words_added AFTER INSERT ON %I REFERENCING NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION add_name_words(%L)', named.table_name, named.kind);
    EXECUTE format('CREATE TRIGGER name_words_changed AFTER UPDATE ON %I REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
      FOR EACH STATEMENT EXECUTE FUNCTION change_name_words(%L)', named.table_name, named.kind);
    EXECUTE format('CREATE TRIGGER name_words_removed AFTER DELETE ON %I REFERENCING OLD TABLE AS gone
      FOR EACH STATEMENT EXECUTE FUNCTION remove_name_words(%L)', named.table_name, named.kind);
  END LOOP;
  FOREACH table_name IN ARRAY ARRAY['tenant', 'user_account', 'lead', 'contact_person', 'task'] LOOP
    EXECUTE format('CREATE TRIGGER grow_version BEFORE UPDATE ON %I FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
      EXECUTE FUNCTION grow_version()', table_name);
  END LOOP;
  FOREACH table_name IN ARRAY ARRAY['task', 'name_word'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', table_name);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', table_name);
    EXECUTE format(
      'CREATE POLICY program ON %I TO leadpost_program USING (tenant_id = app_tenant()) WITH CHECK (tenant_id = app_tenant())', table_name);
  END LOOP;
END
$$;
GRANT SELECT, INSERT, UPDATE ON task TO leadpost_program;
GRANT SELECT, INSERT, DELETE ON name_word TO leadpost_program;

-- The operator counts a tenant's people.
CREATE POLICY operator ON user_account FOR SELECT TO leadpost_operator USING (true);
GRANT SELECT (tenant_id, id, disabled_at) ON user_account TO leadpost_operator;
