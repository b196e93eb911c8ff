import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/App'
import { sendLinksOut } from './app/externalLinks'
import { startAppearance } from './app/appearance'
import './ui/theme.css'

startAppearance()
sendLinksOut()

const root = document.getElementById('root')
if (!root) throw new Error('the page has no #root')
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
