import { Toast } from '@base-ui/react/toast'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { t } from '@/words'
import { IconButton } from './Button'
import { Sentence } from './Text'

const manager = Toast.createToastManager()

/** Says briefly that something happened, or did not. */
export const notify = {
  done: (title: string) => manager.add({ title: <Sentence>{title}</Sentence> }),
  failed: (title: string, description: string) =>
    manager.add({
      title: <Sentence>{title}</Sentence>,
      description: <Sentence>{description}</Sentence>,
      type: 'failed',
      priority: 'high',
      timeout: 10_000,
    }),
}

export function ToastProvider({ children }: { children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(22rem,calc(100vw-2rem))] flex-col gap-2">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  )
}

function List() {
  const { toasts } = Toast.useToastManager()
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="rounded-lg bg-panel shadow-pop">
      <Toast.Content className="flex items-start gap-3 py-2.5 pr-2 pl-4">
        <div className="min-w-0 flex-1 py-0.5 text-sm">
          <Toast.Title className={`font-medium ${toast.type === 'failed' ? 'text-bad' : ''}`} />
          <Toast.Description className="text-muted" />
        </div>
        <Toast.Close render={<IconButton label={t('ui.dismiss')} />}>
          <X size={14} aria-hidden />
        </Toast.Close>
      </Toast.Content>
    </Toast.Root>
  ))
}
