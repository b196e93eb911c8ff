import { exportFile, startExport, type ExportRequest, type Task } from '@/api/exports'
import { useTask } from '@/parts/useTask'

/** One export: begun, followed until it has ended, cancelled. Its id is the task's. */
export const useExport = () => useTask((request: ExportRequest) => startExport(request))

export const fileOf = (task: Task) => exportFile(task.export?.id ?? task.id)
