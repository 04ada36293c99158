-- What is understood of a mail: gaps in its thread, a forwarded original known again, whom a mail did not reach, a forwarder's words; and several
-- mails captured by one delivery.

-- AlterTable
ALTER TABLE "capture" DROP CONSTRAINT "capture_pkey",
ADD COLUMN     "note" TEXT,
ADD CONSTRAINT "capture_pkey" PRIMARY KEY ("tenant_id", "delivery_id", "mail_id");

-- AlterTable
ALTER TABLE "mail" ADD COLUMN     "earlier" BYTEA[],
ADD COLUMN     "likeness" BYTEA;

-- AlterTable
ALTER TABLE "participant" ADD COLUMN     "undelivered_at" TIMESTAMPTZ(3);

-- CreateIndex
CREATE INDEX "mail_tenant_id_likeness_idx" ON "mail"("tenant_id", "likeness");
