/** Starts the page: texts first, then everything that is shown. */
import '@mantine/core/styles.layer.css'
import '@mantine/notifications/styles.layer.css'
import './style.css'
import { DirectionProvider, MantineProvider, useDirection } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { type ReactElement, StrictMode, useEffect } from 'react'
import { createRoot } from 'react-dom/client'
import { useTranslation } from 'react-i18next'
import { showDensity } from './parts/density.ts'
import { queryClient } from './queries.ts'
import { router } from './router.tsx'
import { directionOf, openTexts, texts } from './texts/language.ts'
import { cssVariables, schemeManager, theme } from './theme.ts'

/** Mantine mirrors its own parts as the language does. */
function FollowLanguage(): null {
  const { i18n } = useTranslation()
  const { setDirection } = useDirection()
  useEffect(() => setDirection(directionOf(i18n.language)), [i18n.language, setDirection])
  return null
}

function Page(): ReactElement {
  return (
    <StrictMode>
      <DirectionProvider initialDirection={directionOf(texts.language)} detectDirection={false}>
        <MantineProvider theme={theme} cssVariablesResolver={cssVariables} colorSchemeManager={schemeManager} defaultColorScheme="auto">
          <FollowLanguage />
          <QueryClientProvider client={queryClient}>
            <Notifications position="bottom-center" autoClose={6000} limit={4} />
            <RouterProvider router={router} />
          </QueryClientProvider>
        </MantineProvider>
      </DirectionProvider>
    </StrictMode>
  )
}

showDensity()
await openTexts()
const root = document.getElementById('root')
if (root !== null) createRoot(root).render(<Page />)
