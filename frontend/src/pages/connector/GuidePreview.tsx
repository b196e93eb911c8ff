import type { Connector } from '@/api/types'
import { Markdown, MarkdownLine } from '@/ui/Markdown'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'

/** The setup guide, to see beforehand what it takes. */
export function GuidePreview({ guide }: { guide: Connector['guide'] }) {
  if (guide.steps.length === 0 && guide.prerequisites.length === 0 && !guide.introduction) return null
  return (
    <Section title={t('available.guide')}>
      <div className="max-w-3xl">
        <Markdown source={guide.introduction} />
        {guide.prerequisites.length > 0 && (
          <>
            <h3 className="mt-3 font-medium">{t('available.guide_before')}</h3>
            <ul className="mt-1 list-disc space-y-1 pl-5">
              {guide.prerequisites.map((line) => (
                <li key={line}>
                  <MarkdownLine source={line} />
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      <div className={`${card} mt-3 divide-y divide-line`}>
        {guide.steps.map((step, i) => (
          <details key={step.id} className="group px-4 py-3">
            <summary className="min-h-6 font-medium">
              <span className="tabular mr-2 text-faint">{i + 1}</span>
              <Text>{step.title}</Text>
            </summary>
            <div className="mt-2 max-w-3xl pl-5 text-sm">
              <Markdown source={step.body} />
              {step.expected_outcome && (
                <p className="mt-2 text-muted">
                  <span className="font-medium">{t('available.guide_outcome')}</span> <MarkdownLine source={step.expected_outcome} />
                </p>
              )}
            </div>
          </details>
        ))}
      </div>
    </Section>
  )
}
