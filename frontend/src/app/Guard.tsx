import { Component, type ReactNode } from 'react'
import { asProblem, unreachable } from '@/api/problem'
import { ErrorState } from '@/ui/States'
import { t } from '@/words'

/** A page whose program did not come: each browser says it in its own words. */
const notLoaded = /dynamically imported module|module script failed/i
const problemOf = (error: unknown) => asProblem(error instanceof TypeError && notLoaded.test(error.message) ? unreachable() : error)

interface Props {
  children: ReactNode
  /** What it guards lies over the page, and so does what it says. */
  over?: boolean
}

/** Keeps a fault in one page, or one that could not be loaded, from taking the navigation with it. */
export class Guard extends Component<Props, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    const { over } = this.props
    const said = (
      <ErrorState heading={over ? 'h2' : 'h1'} what={t('app.broken')} problem={problemOf(this.state.error)} onRetry={() => window.location.reload()} />
    )
    return over ? <div className="fixed inset-x-0 bottom-0 z-50 border-t border-line bg-panel">{said}</div> : said
  }
}
