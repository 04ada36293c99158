// Runs before the first paint, so that nobody who chose dark sees a white flash, nor a page that jumps from left to right.
try {
  var scheme = localStorage.getItem('leadpost-scheme')
  var dark = scheme === 'dark' || (scheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.setAttribute('data-mantine-color-scheme', dark ? 'dark' : 'light')
  var language = localStorage.getItem('leadpost-language')
  if (language) {
    document.documentElement.lang = language
    document.documentElement.dir = language === 'he' ? 'rtl' : 'ltr'
  }
} catch {
  // Without storage the system's choice stands.
}
