import { useQueryClient } from '@tanstack/react-query'
import { CircleCheck, CirclePlay, LoaderCircle } from 'lucide-react'
import { useEffect } from 'react'
import { asProblem } from '@/api/problem'
import { runTests, type Test } from '@/api/tests'
import { count } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { TaskProgress } from '@/parts/Tasks'
import { useTask } from '@/parts/useTask'
import { Button } from '@/ui/Button'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'

export type Rerun = ReturnType<typeof useTask<string>>

/** Judges a test once more for every record. What is shown stays until that has ended. */
export function useRerun(): Rerun {
  const cache = useQueryClient()
  const run = useTask((id: string) => runTests([id]))
  const ended = run.task?.status === 'done' ? run.task.id : ''
  useEffect(() => {
    if (ended) void cache.invalidateQueries({ queryKey: ['tests'] })
  }, [cache, ended])
  return run
}

export function RunButton({ test, run }: { test: Test; run: Rerun }) {
  if (test.lifecycle === 'disabled' || test.lifecycle === 'draft' || test.lifecycle === 'retired') return null
  return (
    <Button icon={<CirclePlay size={14} aria-hidden />} asksAgent busy={run.running} onClick={() => run.begin(test.id)}>
      {t('tests.run.now')}
    </Button>
  )
}

/** That the test is judged at this moment, or how that ended. The result below is the one before until then. */
export function RunNote({ test, run }: { test: Test; run: Rerun }) {
  const { task } = run
  if (task?.status === 'running') {
    return (
      <div className={note} data-running>
        <TaskProgress task={task} title={t('tests.run.running')} />
        <p className="px-4 pb-3 text-sm text-muted">{t('tests.run.before')}</p>
      </div>
    )
  }
  const problem = task?.error ?? (run.error ? asProblem(run.error) : undefined)
  if (problem && task?.status !== 'cancelled') {
    return (
      <p role="alert" className="mt-4 rounded-md bg-bad-soft px-4 py-2.5 text-sm text-bad">
        {t('tests.run.failed')} <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{problem.remedy}</Sentence>}
      </p>
    )
  }
  if (task) {
    return (
      <p role="status" className="mt-4 flex items-center gap-2 rounded-md border border-line bg-sunken px-4 py-2.5 text-sm" data-run={task.status}>
        {task.status === 'done' && <CircleCheck size={14} aria-hidden className="text-ok" />}
        {t(task.status === 'done' ? 'tests.run.done' : 'tests.run.cancelled')}
      </p>
    )
  }
  return <Judging test={test} />
}

const note = 'mt-4 rounded-md border border-line bg-sunken'

/** That something is not judged yet, or that the attempt failed. */
function Judging({ test }: { test: Test }) {
  const { judging } = test.result
  if (!judging || test.lifecycle === 'disabled') return null
  if (judging.error) {
    return (
      <p role="alert" className="mt-4 rounded-md bg-warn-soft px-4 py-2.5 text-sm text-warn" data-judging>
        {t('tests.run.behind')} <Sentence>{statement(judging.error)}</Sentence>
      </p>
    )
  }
  return (
    <p role="status" className={`${note} flex items-center gap-2 px-4 py-2.5 text-sm`} data-judging>
      <LoaderCircle size={14} aria-hidden className="animate-spin motion-reduce:animate-none" />
      {judging.total > 0 ? t('tests.run.judging', { done: count(judging.done), count: judging.total }) : t('tests.run.judgingSome')}
    </p>
  )
}
