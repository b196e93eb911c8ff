import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { editControl, getControl, getFrameworks, type Control, type ControlEdit } from '@/api/assurance'
import { keys } from '@/api/keys'

export const useControl = (id: string) => useQuery({ queryKey: keys.control(id), queryFn: ({ signal }) => getControl(id, signal) })

export const useFrameworks = () => useQuery({ queryKey: keys.frameworks, queryFn: ({ signal }) => getFrameworks(signal) })

/** Changes what is decided about a control, if no other change came before. */
export function useEditControl(control: Control, onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (edit: ControlEdit) => editControl(control.id, control.revision, edit),
    onSuccess: (saved) => {
      cache.setQueryData(keys.control(control.id), saved)
      onDone()
      return cache.invalidateQueries({ queryKey: ['controls'], predicate: ({ queryKey }) => queryKey[1] !== 'one' })
    },
    onError: () => void cache.invalidateQueries({ queryKey: keys.control(control.id) }),
  })
}
