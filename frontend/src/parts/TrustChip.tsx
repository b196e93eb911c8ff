import { ShieldAlert } from 'lucide-react'
import { trustSentence } from '@/lib/trust'
import { Chip } from '@/ui/Chip'
import { Tooltip } from '@/ui/Tooltip'

/** Marks a program nobody vouched for. Of any other it says nothing. */
export function TrustChip({ connector, trust }: { connector: string; trust: string | undefined }) {
  const sentence = trustSentence(connector, trust)
  if (!sentence) return null
  return (
    <Tooltip content={sentence}>
      <button type="button" className="rounded-full align-middle" aria-label={`Unverified. ${sentence}`} data-trust={trust}>
        <Chip tone="warn" icon={<ShieldAlert size={13} aria-hidden />}>
          Unverified
        </Chip>
      </button>
    </Tooltip>
  )
}
