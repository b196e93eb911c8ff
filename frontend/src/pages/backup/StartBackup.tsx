import { DatabaseBackup } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { startBackup, type NewBackup } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { Task } from '@/api/types'
import { bytes } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { TaskProgress, useLatestTask, useStartTask } from '@/parts/Tasks'
import { Button } from '@/ui/Button'
import { describe, FieldFrame, TextInput } from '@/ui/Field'
import { card } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

/** A new backup: sealed with what, into which file; then how far it is. */
export function StartBackup({ dir }: { dir: string | undefined }) {
  const task = useLatestTask('backup')
  return (
    <div className={card}>
      {task?.status === 'running' ? (
        <TaskProgress task={task} />
      ) : (
        <>
          {task && <Outcome task={task} />}
          <Form dir={dir} />
        </>
      )}
    </div>
  )
}

function Outcome({ task }: { task: Task }) {
  const made = task.backup
  return (
    <p role="status" className="border-b border-line px-4 py-2.5 text-sm">
      {task.status === 'done' && made ? (
        <>
          {t('backup.new.done', { size: bytes(made.bytes), count: made.versions ?? 0 })} <Text>{made.file}</Text>
        </>
      ) : task.status === 'cancelled' ? (
        t('backup.new.cancelled')
      ) : (
        <span className="text-bad">
          <Sentence>{statement(task.error?.message ?? '')}</Sentence> <Sentence>{task.error?.remedy}</Sentence>
        </span>
      )}
    </p>
  )
}

type Seal = 'passphrase' | 'host'

function Form({ dir }: { dir: string | undefined }) {
  const [seal, setSeal] = useState<Seal>('passphrase')
  const [passphrase, setPassphrase] = useState('')
  const [again, setAgain] = useState('')
  const [file, setFile] = useState('')
  const [differs, setDiffers] = useState(false)
  const start = useStartTask('backup', (body: NewBackup) => startBackup(body))
  const problem = start.error ? asProblem(start.error) : undefined
  const errorOf = (field: string) => problem?.fields?.find((one) => one.field === field)?.message
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const wrong = seal === 'passphrase' && passphrase !== again
    setDiffers(wrong)
    if (wrong) return
    start.mutate({ ...(file.trim() && { file: file.trim() }), ...(seal === 'host' ? { host_key: true } : { passphrase }) })
  }
  return (
    <form onSubmit={submit} className="max-w-2xl space-y-4 px-4 py-4">
      <div>
        <Segments
          label={t('backup.new.seal')}
          value={seal}
          onChange={(value) => setSeal(value as Seal)}
          options={[{ value: 'passphrase', title: t('backup.sealed.passphrase') }, { value: 'host', title: t('backup.sealed.host-key') }]}
        />
        <p className="mt-1.5 text-sm text-muted">{t(seal === 'host' ? 'backup.new.hostMeaning' : 'backup.new.passphraseMeaning')}</p>
      </div>
      {seal === 'passphrase' && (
        <div className="grid gap-4 sm:grid-cols-2">
          <Secret id="passphrase" label={t('backup.new.passphrase')} value={passphrase} onChange={setPassphrase} error={errorOf('passphrase')} />
          <Secret id="passphrase-again" label={t('backup.new.again')} value={again} onChange={setAgain} error={differs ? t('backup.new.differs') : undefined} />
        </div>
      )}
      <FieldFrame id="backup-file" label={t('backup.new.file')} description={t('backup.new.fileMeaning', { dir: dir ?? '…' })} error={errorOf('file')}>
        <TextInput {...describe({ id: 'backup-file', description: true, error: errorOf('file') })} value={file} onChange={(event) => setFile(event.target.value)} placeholder={t('backup.new.fileExample')} />
      </FieldFrame>
      {problem && !problem.fields?.length && (
        <p role="alert" className="text-sm text-bad">
          <Sentence>{statement(problem.message)}</Sentence> <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
      <Button type="submit" look="primary" asksAgent busy={start.isPending} icon={<DatabaseBackup size={14} aria-hidden />}>
        {t('backup.new.start')}
      </Button>
    </form>
  )
}

function Secret({ id, label, value, onChange, error }: { id: string; label: string; value: string; onChange: (value: string) => void; error: string | undefined }) {
  return (
    <FieldFrame id={id} label={label} required error={error}>
      <TextInput {...describe({ id, error })} type="password" autoComplete="new-password" required value={value} onChange={(event) => onChange(event.target.value)} />
    </FieldFrame>
  )
}
