-- Mail that a server in front of us passes on: where that server stands says nothing of the sender.

-- AlterTable
ALTER TABLE "inbound_message" ADD COLUMN     "relayed" BOOLEAN NOT NULL DEFAULT false;


-- ---------------------------------------------------------------------------------------------------------------------------------------
-- What Prisma has no words for: from here on by hand.

-- Such a server is no submitter.
ALTER TABLE "inbound_message" ADD CONSTRAINT "inbound_message_relayed_or_trusted" CHECK (NOT ("relayed" AND "from_trusted_network"));
