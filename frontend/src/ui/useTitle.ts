import { useEffect } from 'react'
import { visible } from '@/lib/visible'

export function useTitle(page: string) {
  useEffect(() => {
    document.title = page ? `${visible(page, 200)} · Plumbline` : 'Plumbline'
  }, [page])
}
