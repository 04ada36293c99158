/** How close rows stand: dense (as it comes) or airy, remembered for this browser. */
const remembered = 'leadpost-density'
export type Density = 'dense' | 'airy'

export function readDensity(): Density {
  try {
    return localStorage.getItem(remembered) === 'airy' ? 'airy' : 'dense'
  } catch {
    return 'dense'
  }
}

export function showDensity(density: Density = readDensity()): void {
  document.documentElement.dataset['density'] = density
  try {
    localStorage.setItem(remembered, density)
  } catch {
    // It holds until the page is loaded again.
  }
}
