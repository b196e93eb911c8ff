import { useQuery } from '@tanstack/react-query'
import { explainConnection, explainRun } from '@/api/explanation'
import { keys } from '@/api/keys'

/** Why the latest run of a connection that counts was not complete, or why one run was not. */
export const useExplanation = (of: { connection: string; run?: string; wanted: boolean }) =>
  useQuery({
    queryKey: of.run ? keys.explanationOfRun(of.run) : keys.explanation(of.connection),
    queryFn: ({ signal }) => (of.run ? explainRun(of.run, signal) : explainConnection(of.connection, signal)),
    enabled: of.wanted,
  })
