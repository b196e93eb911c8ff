import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { programWords } from '@/lib/trust'
import { TooltipProvider } from '@/ui/Tooltip'
import { TrustChip } from './TrustChip'

afterEach(cleanup)

const chip = (trust: string | undefined) =>
  render(
    <TooltipProvider>
      <TrustChip connector="okta" trust={trust} />
    </TooltipProvider>,
  )

describe('TrustChip', () => {
  it('marks a program without a signature and says how to trust it', () => {
    chip('unverified')
    expect(screen.getByRole('button', { name: /^Unverified\. .*plumbline connector trust okta/ }).textContent).toBe('Unverified')
  })

  it('marks a program that is still being worked on', () => {
    chip('development')
    expect(screen.getByRole('button', { name: /^In development\. .*not evidence/ }).textContent).toBe('In development')
  })

  it.each(['bundled', 'signed', 'trusted', undefined])('says nothing of one that is %s', (trust) => {
    const { container } = chip(trust)
    expect(container.textContent).toBe('')
  })
})

describe('programWords', () => {
  it('names version and connector, once they are known', () => {
    expect(programWords({ connector: 'okta', connector_version: '1.2.0' })).toBe('okta 1.2.0')
    expect(programWords({ connector: 'okta', connector_version: '' })).toBe('')
  })
})
