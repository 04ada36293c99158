-- A client may answer a mail before a person has said which lead it belongs to: the router then finds the tenant by the mail that waits.
--
-- Only by one that a person of the tenant's own is known to have written. Whoever may write anything into the queue (a forged mail, an answer from
-- outside) chooses its Message-ID, and must not lay claim to a thread of another tenant by it. What was dismissed, ignored or erased is no thread.

CREATE POLICY router ON confirmation FOR SELECT TO leadpost_router
  USING (settled_at IS NULL AND NOT reasons && ARRAY['unauthenticatedSender', 'severalAuthors', 'outsideReply']);
GRANT SELECT (tenant_id, mail_id, settled_at, reasons) ON confirmation TO leadpost_router;

ALTER POLICY router ON mail
  USING (erased_at IS NULL AND (
    EXISTS (SELECT FROM history_entry h WHERE h.tenant_id = mail.tenant_id AND h.mail_id = mail.id AND h.undone_at IS NULL OFFSET 0)
    OR EXISTS (SELECT FROM confirmation c WHERE c.tenant_id = mail.tenant_id AND c.mail_id = mail.id AND c.settled_at IS NULL OFFSET 0)));
