import { useState, type ReactNode } from 'react'
import type { ConnectionStatus, Connector } from '@/api/types'
import { plural } from '@/lib/numbers'
import { TrustChip } from '@/parts/TrustChip'
import { Mark } from '@/ui/Mark'
import { Sentence, Text } from '@/ui/Text'
import { Form } from './Form'
import { Guide } from './Guide'
import { useConnectionForm } from './useConnectionForm'

interface Props {
  connector: Connector
  edited?: ConnectionStatus
  alias: string
  onReload?: () => void
  /** Said above the fields. */
  notice?: ReactNode
}

/** Guide on the left, form on the right, kept in step. */
export function Setup({ connector, edited, alias, onReload, notice }: Props) {
  const [step, setStep] = useState('')
  const form = useConnectionForm({ connector, ...(edited && { edited }), alias })
  const minutes = connector.guide.minutes
  return (
    <>
      <header className="flex items-center gap-3 border-b border-line pb-5">
        <Mark name={connector.name} size="lg" />
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-2">
            <h1 className="text-xl font-semibold tracking-tight">
              <Text>{edited ? `Edit ${edited.alias}` : `Connect ${connector.name}`}</Text>
            </h1>
            <TrustChip connector={connector.id} trust={connector.trust} />
          </div>
          <p className="text-sm text-muted">
            <Sentence>{connector.summary}</Sentence>
            {!edited && minutes > 0 && <span className="whitespace-nowrap text-faint"> · {plural(minutes, 'minute')}</span>}
          </p>
        </div>
      </header>
      <button
        type="button"
        onClick={() => document.getElementById('connection-form')?.scrollIntoView({ block: 'start' })}
        className="mt-4 h-6 rounded text-sm text-accent underline underline-offset-2 md:hidden"
      >
        Go to the form
      </button>
      <div className="grid gap-x-10 gap-y-10 pt-6 md:grid-cols-2 md:items-start md:pt-0 lg:grid-cols-[minmax(0,1fr)_28rem]">
        <Guide connector={connector} current={step} check={form.check} />
        <Form form={form} connector={connector} edited={edited} onStep={setStep} onReload={onReload} notice={notice} />
      </div>
    </>
  )
}
