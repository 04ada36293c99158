-- What went wrong with a mailbox last, as a code with its values, and whether that was told to those who look after it.
ALTER TABLE "mailbox" ADD COLUMN     "is_troubled" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "last_fault" JSONB;
GRANT SELECT (is_troubled, last_fault) ON mailbox TO leadpost_program, leadpost_operator;
