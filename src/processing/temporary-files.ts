/** A folder for what one run of the program unpacks; what runs before it left behind is removed. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import path from 'node:path'

/** Folders of this process. A container's program has the same process id every time, so the id alone does not tell whose a folder is. */
const own = new Set<string>()

export interface TemporaryFolder {
  /** The path of a folder that nobody else uses; made by whoever first needs it, since most mails need none. */
  unused(): string
  remove(folder: string): Promise<void>
  close(): Promise<void>
}

/** Makes `root` where it is missing, removes in it the folders of processes that are no more, and makes one for this process. */
export async function openTemporaryFolder(root: string): Promise<TemporaryFolder> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  for (const name of await readdir(root)) {
    const folder = path.join(root, name)
    if (!own.has(folder) && !isAlive(Number.parseInt(name, 10))) await rm(folder, { recursive: true, force: true })
  }
  const mine = await mkdtemp(path.join(root, `${process.pid}-`))
  own.add(mine)
  let count = 0
  return {
    unused: () => path.join(mine, String((count += 1))),
    remove: (folder) => rm(folder, { recursive: true, force: true }),
    async close() {
      await rm(mine, { recursive: true, force: true })
      own.delete(mine)
    },
  }
}

/** A folder that bears our own id and is not in `own` is of an earlier process. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
