import { useQuery } from '@tanstack/react-query'
import { useRef } from 'react'
import { Link } from 'wouter'
import { getFramework, requirementStates, type Framework, type Requirement } from '@/api/assurance'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import { count } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { actorWords, statement } from '@/lib/words'
import { controlPath, holdsWords, statesOf } from '@/parts/assurance/paths'
import { ControlStateChip } from '@/parts/assurance/State'
import { ButtonLink } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Toggles } from '@/ui/Toggles'
import { useKeys } from '@/ui/useKeys'
import { useTitle } from '@/ui/useTitle'
import { useUrl, type UrlChange } from '@/ui/useUrl'
import { t } from '@/words'

const cleared: UrlChange = { q: '', state: [] }

/** The requirements of a framework, each with its state and the controls that meet it. */
export default function FrameworkPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: keys.framework(id), queryFn: ({ signal }) => getFramework(id, signal) })
  const framework = query.data
  useTitle(framework?.title ?? id)
  if (query.isError && !framework) {
    const problem = asProblem(query.error)
    if (problem.code !== 'not_found') {
      return <ErrorState heading="h1" what={t('controls.frameworkPage.failed')} problem={problem} onRetry={() => void query.refetch()} />
    }
    return (
      <EmptyState
        heading="h1"
        title={visible(t('controls.frameworkPage.missing', { id }), 200)}
        action={<ButtonLink href="/frameworks">{t('controls.frameworkPage.all')}</ButtonLink>}
      >
        {t('controls.frameworkPage.missingWhy')}
      </EmptyState>
    )
  }
  if (!framework) return <SkeletonRows rows={8} label={t('controls.frameworkPage.loading')} />
  return (
    <article data-framework={framework.id}>
      <header>
        <h1 className="text-xl font-semibold tracking-tight">
          <Text>{framework.title}</Text>{' '}
          <span className="font-normal text-muted">
            <Text>{framework.version}</Text>
          </span>
        </h1>
        <p className="mt-0.5">{t('controls.frameworks.met', { passing: count(framework.counts.passing), total: count(framework.total) })}</p>
        <p className="mt-1 max-w-3xl text-sm text-muted">
          <Sentence>{statement(framework.licence)}</Sentence>{' '}
          {framework.text && t('controls.frameworkPage.text', { name: framework.text.name, actor: actorWords(framework.text.by) })}
        </p>
      </header>
      <Requirements framework={framework} />
    </article>
  )
}

function Requirements({ framework }: { framework: Framework }) {
  const url = useUrl()
  const q = url.one('q')
  const chosen = url.all('state')
  const rest = framework.requirements.filter((one) => holdsWords(q, [one.id, one.title, one.text, ...one.controls.flatMap(({ id, title }) => [id, title])]))
  const found = chosen.length === 0 ? rest : rest.filter(({ state }) => chosen.includes(state))
  return (
    <div className={`${card} mt-4`}>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <SearchBox label={t('controls.frameworkPage.search')} value={q} onChange={(next) => url.set({ q: next }, 'typing')} />
        <Toggles
          label={t('controls.which')}
          all={{ value: '', title: t('controls.any'), count: rest.length }}
          options={statesOf(requirementStates, rest, chosen).map(({ state, count }) => ({ value: state, title: t(`controls.state.${state}`), count }))}
          chosen={chosen}
          onChange={(state) => url.set({ state })}
        />
        {(q.trim() !== '' || chosen.length > 0) && (
          <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
            {t('controls.clear')}
          </button>
        )}
        <span role="status" className="text-sm text-muted sm:ml-auto">
          {t('controls.frameworks.requirements', { count: found.length })}
        </span>
      </div>
      {found.length > 0 ? <Table requirements={found} /> : <EmptyState title={t('controls.frameworkPage.noMatch')} />}
    </div>
  )
}

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

function Table({ requirements }: { requirements: Requirement[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const move = (by: number) => {
    const links = [...(body.current?.querySelectorAll<HTMLElement>('a') ?? [])]
    const at = links.findIndex((link) => link === document.activeElement)
    links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))]?.focus()
  }
  useKeys({ next: () => move(1), previous: () => move(-1) })
  return (
    <table className="w-full text-sm" aria-label={t('controls.frameworkPage.list')}>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            {t('controls.frameworkPage.id')}
          </th>
          <th scope="col" className={head}>
            {t('controls.column.state')}
          </th>
          <th scope="col" className={`${head} hidden md:table-cell`}>
            {t('controls.frameworkPage.controls')}
          </th>
        </tr>
      </thead>
      <tbody ref={body} className="divide-y divide-line">
        {requirements.map((one) => (
          <Row key={one.id} requirement={one} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ requirement }: { requirement: Requirement }) {
  return (
    <tr className="align-top" data-requirement={requirement.id}>
      <th scope="row" className="px-4 py-2 font-normal">
        <span className="font-medium">
          <Text>{requirement.id}</Text>
        </span>{' '}
        <Text>{requirement.title}</Text>
        {requirement.text && (
          <p className="mt-0.5 max-w-3xl text-muted">
            <Text lines>{requirement.text}</Text>
          </p>
        )}
        <div className="mt-1 md:hidden">
          <Controls requirement={requirement} />
        </div>
      </th>
      <td className="px-4 py-2">
        <ControlStateChip state={requirement.state} />
        <p className="mt-0.5 text-xs text-muted">
          <Sentence>{statement(requirement.reason)}</Sentence>
        </p>
      </td>
      <td className="hidden px-4 py-2 md:table-cell">
        <Controls requirement={requirement} />
      </td>
    </tr>
  )
}

function Controls({ requirement }: { requirement: Requirement }) {
  if (requirement.controls.length === 0) return <p className="text-muted">{t('controls.frameworkPage.noControl')}</p>
  return (
    <ul className="space-y-1">
      {requirement.controls.map((one) => (
        <li key={one.id} className="flex flex-wrap items-center gap-x-2 gap-y-0.5">
          <Link href={controlPath(one.id)} className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current">
            <Text>{one.title}</Text>
          </Link>
          <ControlStateChip state={one.state} />
        </li>
      ))}
    </ul>
  )
}
