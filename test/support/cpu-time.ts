/** How much a piece of work costs, whatever else the machine does meanwhile. */

/** Milliseconds of CPU time that this process spent while `work` ran; not the time that passed. */
export function cpuMilliseconds(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}
