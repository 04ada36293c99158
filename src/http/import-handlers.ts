/** Importing leads and contact persons from CSV: shown first, then done whole or not at all. */
import { importRowsMax } from '../api/shapes-admin.ts'
import type { CallAnswer, CallBody } from '../api/contract.ts'
import { importFile } from '../leads/run-import.ts'
import type { ApiCall, Handlers } from './api-call.ts'
import type { ApiContext } from './api-context.ts'
import { askerOf } from './crm-handlers.ts'

type ImportCalls = 'previewImport' | 'runImport'

export function importHandlers(context: ApiContext): Pick<Handlers, ImportCalls> {
  const run = async (
    call: Pick<ApiCall<ImportCalls>, 'caller' | 'tenant'>,
    file: CallBody<ImportCalls>,
    keep: boolean,
  ): Promise<CallAnswer<ImportCalls>> => {
    const { crmAddresses, store } = context
    const result = await importFile(store.database, askerOf(call), file, { keep, rowsMax: importRowsMax, crmAddresses })
    return {
      ...result,
      columns: [...result.columns],
      fields: [...result.fields],
      errors: [...result.errors],
      mapping: { ...result.mapping },
    }
  }
  return {
    previewImport: async (call) => await run(call, call.body, false),
    async runImport(call) {
      const result = await run(call, call.body, true)
      if (result.errors.length > 0) call.reply.code(400)
      return result
    },
  }
}
