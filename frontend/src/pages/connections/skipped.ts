import { useState } from 'react'

const key = 'plumbline.recommended.skipped'

function stored(): string[] {
  try {
    const found: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]')
    return Array.isArray(found) ? found.map(String) : []
  } catch {
    return []
  }
}

/** The recommended steps that a person skipped in this browser; "all" stands for the whole list. */
export function useSkipped() {
  const [skipped, setSkipped] = useState(stored)
  const set = (next: string[]) => {
    setSkipped(next)
    try {
      window.localStorage.setItem(key, JSON.stringify(next))
    } catch {
      // A browser may refuse its storage; then it lasts as long as the page.
    }
  }
  return {
    has: (step: string) => skipped.includes(step),
    skip: (step: string) => set([...skipped, step]),
    bringBack: (step: string) => set(skipped.filter((one) => one !== step)),
  }
}
