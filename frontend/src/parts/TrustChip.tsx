import { FlaskConical, ShieldAlert } from 'lucide-react'
import { trustSentence } from '@/lib/trust'
import { visible } from '@/lib/visible'
import { Chip } from '@/ui/Chip'
import { Tooltip } from '@/ui/Tooltip'

/** Marks a program without a signature that Plumbline knows, or one in development. Of any other it says nothing. */
export function TrustChip({ connector, trust }: { connector: string; trust: string | undefined }) {
  const sentence = visible(trustSentence(connector, trust))
  if (!sentence) return null
  const developed = trust === 'development'
  const word = developed ? 'In development' : 'Unverified'
  const Icon = developed ? FlaskConical : ShieldAlert
  return (
    <Tooltip content={sentence}>
      <button type="button" className="rounded-full align-middle" aria-label={`${word}. ${sentence}`} data-trust={trust}>
        <Chip tone="warn" icon={<Icon size={13} aria-hidden />}>
          {word}
        </Chip>
      </button>
    </Tooltip>
  )
}

/** The same mark where there is room for an icon only. */
export function DevelopmentMark({ trust }: { trust: string | undefined }) {
  if (trust !== 'development') return null
  return (
    <span title="Read by a connector in development: not evidence" className="inline-flex align-middle text-warn">
      <FlaskConical size={14} aria-hidden />
      <span className="sr-only">Read by a connector in development: not evidence</span>
    </span>
  )
}
