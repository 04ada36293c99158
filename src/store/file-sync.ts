/** Makes what was written to a folder survive a power cut: an entry is only durable once its folder is synced too (fsync(2)). */
import { open } from 'node:fs/promises'

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A folder is synced through a handle like a file. */
export async function syncFolder(path: string): Promise<void> {
  await syncFile(path)
}
