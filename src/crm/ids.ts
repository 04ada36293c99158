/** Branded ids (UUIDv7 strings), so that one kind cannot be passed for another. */
declare const brand: unique symbol
type Id<Kind extends string> = string & { readonly [brand]: Kind }

export type TenantId = Id<'tenant'>
export type UserId = Id<'user'>
export type OperatorId = Id<'operator'>
export type SessionId = Id<'session'>
export type CompanyId = Id<'company'>
export type ContactPersonId = Id<'contactPerson'>
export type LeadId = Id<'lead'>
export type MessageId = Id<'message'>
export type DeliveryId = Id<'delivery'>
export type MailId = Id<'mail'>
export type HistoryEntryId = Id<'historyEntry'>
export type ConfirmationId = Id<'confirmation'>
export type MailboxId = Id<'mailbox'>
export type ApiKeyId = Id<'apiKey'>
export type TaskId = Id<'task'>
