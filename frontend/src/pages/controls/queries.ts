import { useQuery } from '@tanstack/react-query'
import { getControls, getFrameworks } from '@/api/assurance'
import { keys } from '@/api/keys'

export const useControls = () => useQuery({ queryKey: keys.controls, queryFn: ({ signal }) => getControls(signal) })

export const useFrameworks = () => useQuery({ queryKey: keys.frameworks, queryFn: ({ signal }) => getFrameworks(signal) })
