-- The server whose Authentication-Results are believed in mail that is handed in with a key.
ALTER TABLE "api_key" ADD COLUMN     "trusted_authserv_id" TEXT;
GRANT SELECT (trusted_authserv_id) ON api_key TO leadpost_program, leadpost_router, leadpost_operator;

-- Mail that is handed in again is found by the mark in its id (intake/mark.ts): what stands behind the 48 bits of time.
CREATE INDEX "inbound_message_mark" ON "inbound_message"(right("id"::text, 22)) WHERE "channel" IN ('upload', 'file');
