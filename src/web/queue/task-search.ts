/** What of the tasks page stands in its address. */
export interface TaskSearch {
  readonly state?: 'done'
  readonly whose?: 'anyone'
}

export function readTaskSearch(search: Record<string, unknown>): TaskSearch {
  return {
    ...(search['state'] === 'done' ? { state: 'done' } : {}),
    ...(search['whose'] === 'anyone' ? { whose: 'anyone' } : {}),
  }
}
