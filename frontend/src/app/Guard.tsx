import { Component, type ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import { ErrorState } from '@/ui/States'
import { t } from '@/words'

/** Keeps a fault in one page from taking the navigation with it. */
export class Guard extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown) {
    return { error }
  }

  override render() {
    if (this.state.error === undefined) return this.props.children
    return <ErrorState heading="h1" what={t('app.broken')} problem={asProblem(this.state.error)} onRetry={() => window.location.reload()} />
  }
}
