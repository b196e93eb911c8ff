import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useRef, useState } from 'react'
import { deleteDraft, putDraft } from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { DraftEdit } from '@/api/types'

export type DraftState = 'none' | 'waiting' | 'kept' | 'failed'

/** How long a person has to pause before what they entered is kept. */
const pause = 800

/** The letters and digits of an id that no other draft has. */
export function newDraftId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Keeps what is entered as a draft: after a pause, and at once when the page is left. What the form begins with
 * makes no draft. Secrets are not part of an edit.
 */
export function useDraft(id: string, edit: DraftEdit) {
  const [kept, setKept] = useState<{ text: string; state: DraftState }>({ text: '', state: 'none' })
  const cache = useQueryClient()
  const text = JSON.stringify(edit)
  const [first] = useState(text)
  const latest = useRef({ text, stored: first, ended: false })
  useEffect(() => {
    latest.current.text = text
  }, [text])

  useEffect(() => {
    const flush = () => {
      const now = latest.current
      if (now.ended || now.text === now.stored) return
      const sent = now.text
      now.stored = sent
      putDraft(id, JSON.parse(sent) as DraftEdit).then(
        () => {
          setKept({ text: sent, state: 'kept' })
          void cache.invalidateQueries({ queryKey: keys.drafts })
        },
        () => {
          if (latest.current.stored === sent) latest.current.stored = ''
          setKept({ text: sent, state: 'failed' })
        },
      )
    }
    const timer = setTimeout(flush, pause)
    window.addEventListener('pagehide', flush)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('pagehide', flush)
    }
  }, [cache, id, text])

  useEffect(() => {
    const now = latest.current
    return () => {
      if (now.ended || now.text === now.stored) return
      // The page is left for another one: nothing waits for the answer.
      void putDraft(id, JSON.parse(now.text) as DraftEdit).then(() => cache.invalidateQueries({ queryKey: keys.drafts }), () => undefined)
    }
  }, [cache, id])

  const changed = text !== first
  const state: DraftState = kept.text === text ? kept.state : changed ? 'waiting' : kept.state === 'none' ? 'none' : 'kept'
  return {
    state,
    changed,
    /** From now on nothing is kept: the connection is saved, or the draft is given up. */
    end: () => {
      latest.current.ended = true
    },
    discard: async () => {
      latest.current.ended = true
      await deleteDraft(id).catch(() => undefined) // one that was never kept is gone already
      await cache.invalidateQueries({ queryKey: keys.drafts })
    },
  }
}
