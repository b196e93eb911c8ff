import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { sendLinksOut } from './app/externalLinks'
import { startAppearance } from './app/appearance'
import { inWindow } from './app/location'
import './ui/theme.css'

startAppearance()
sendLinksOut()
// A browser needs none of it.
if (inWindow()) void import('./app/window').then(({ joinWindow }) => joinWindow())

const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
