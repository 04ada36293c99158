/** Colours, type and spacing, and Mantine's parts as we want them. The tokens that our own styles use are in style.css; both hold contrast AA in light and dark. */
import { type CSSVariablesResolver, createTheme, localStorageColorSchemeManager, type MantineColorsTuple } from '@mantine/core'

const petrol: MantineColorsTuple = [
  '#e8f5f4',
  '#cde9e7',
  '#a1d5d1',
  '#70beb9',
  '#48a9a4',
  '#238f8b',
  '#0f7a77',
  '#0b6866',
  '#095655',
  '#063f3f',
]
/** Text is 0, quiet text 2, lines 4 and 5, fields 6, the page 7. */
const dark: MantineColorsTuple = [
  '#dde1e6',
  '#b9c0c9',
  '#9aa4b0',
  '#737d89',
  '#434b55',
  '#343b44',
  '#242a31',
  '#181c21',
  '#13161a',
  '#0d0f12',
]

export const schemeManager = localStorageColorSchemeManager({ key: 'leadpost-scheme' })

export const theme = createTheme({
  primaryColor: 'petrol',
  primaryShade: { light: 6, dark: 6 },
  colors: { petrol, dark },
  autoContrast: false,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Noto Sans Hebrew", "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  lineHeights: { xs: '1.35', sm: '1.4', md: '1.45', lg: '1.45', xl: '1.4' },
  spacing: { xs: '0.5rem', sm: '0.75rem', md: '1rem', lg: '1.5rem', xl: '2rem' },
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' }, h4: { fontSize: '0.8125rem' } },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false } },
    Modal: { defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.45 }, transitionProps: { duration: 120 } } },
    // The placeholder that takes the focus first is no part of a menu to a screen reader.
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 80 }, withInitialFocusPlaceholder: false } },
    Badge: { defaultProps: { tt: 'none', fw: 600, variant: 'light' } },
    Table: { defaultProps: { verticalSpacing: 'xs' } },
  },
})

/** Mantine's quiet greys are too pale on white for AA. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#56606b',
    '--mantine-color-placeholder': '#66707b',
    '--mantine-color-error': '#b42318',
    '--mantine-color-text': '#1a1f25',
    '--mantine-color-gray-light-color': '#414a54',
    '--mantine-color-petrol-light': '#e0f1f0',
    '--mantine-color-petrol-light-hover': '#d3eae8',
    '--mantine-color-petrol-light-color': '#0b6866',
  },
  dark: {
    '--mantine-color-dimmed': '#a3adb8',
    '--mantine-color-placeholder': '#98a2ae',
    '--mantine-color-error': '#ff9b8f',
    '--mantine-color-gray-light-color': '#c6cdd5',
    '--mantine-color-petrol-light': '#17312f',
    '--mantine-color-petrol-light-hover': '#1d3b39',
    '--mantine-color-petrol-light-color': '#6cc4bf',
  },
})
