import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { addEvidence, getControls } from '@/api/assurance'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'

/** Adds evidence, which is a request until an artifact is added on its page. */
export function AddDialog({ onClose }: { onClose: () => void }) {
  const cache = useQueryClient()
  const [, go] = useLocation()
  const controls = useQuery({ queryKey: keys.controls, queryFn: ({ signal }) => getControls(signal) })
  const [title, setTitle] = useState('')
  const [owner, setOwner] = useState('')
  const [days, setDays] = useState('365')
  const [control, setControl] = useState('')
  const every = Number(days)
  const add = useMutation({
    mutationFn: () =>
      addEvidence({ title: title.trim(), renew_every_days: every, ...(owner.trim() && { owner: owner.trim() }), ...(control && { controls: [control] }) }),
    onSuccess: (made) => {
      void cache.invalidateQueries({ queryKey: ['controls'] })
      go(`/evidence/${encodeURIComponent(made.id)}`)
    },
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('evidence.add.title')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent busy={add.isPending} disabled={title.trim() === '' || !Number.isInteger(every) || every < 1} onClick={() => add.mutate()}>
            {t('evidence.add.save')}
          </Button>
        </>
      }
    >
      <p>{t('evidence.add.about')}</p>
      <div className="space-y-3 pt-1 text-text">
        <FieldFrame id="evidence-title" label={t('evidence.add.name')} required description={t('evidence.add.nameAbout')}>
          <TextInput {...describe({ id: 'evidence-title', description: true })} data-first required maxLength={200} value={title} onChange={(event) => setTitle(event.target.value)} />
        </FieldFrame>
        <FieldFrame id="evidence-owner" label={t('evidence.add.owner')} description={t('evidence.add.ownerAbout')}>
          <TextInput {...describe({ id: 'evidence-owner', description: true })} maxLength={200} value={owner} onChange={(event) => setOwner(event.target.value)} />
        </FieldFrame>
        <FieldFrame id="evidence-control" label={t('evidence.add.control')}>
          <Select {...describe({ id: 'evidence-control' })} value={control} onChange={(event) => setControl(event.target.value)}>
            <option value="">{t('evidence.add.noControl')}</option>
            {controls.data?.map((one) => (
              <option key={one.id} value={one.id}>
                {one.title}
              </option>
            ))}
          </Select>
        </FieldFrame>
        <FieldFrame id="evidence-days" label={t('evidence.add.days')} required>
          <TextInput {...describe({ id: 'evidence-days' })} type="number" min={1} required className="w-28!" value={days} onChange={(event) => setDays(event.target.value)} />
        </FieldFrame>
      </div>
      {add.error && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(asProblem(add.error).message)}</Sentence>
        </p>
      )}
    </Dialog>
  )
}
