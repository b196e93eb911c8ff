import { useQuery } from '@tanstack/react-query'
import { getImpact } from '@/api/endpoints'
import { keys } from '@/api/keys'

export const useImpact = (connection: string) =>
  useQuery({ queryKey: keys.impact(connection), queryFn: ({ signal }) => getImpact(connection, signal) })
