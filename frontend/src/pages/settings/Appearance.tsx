import { SingleKeys } from '@/parts/SingleKeys'
import { Select } from '@/ui/Field'
import { preferences, usePreferences, type Preferences } from '@/ui/preferences'
import { card, Section } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { languages, t } from '@/words'
import { Fact } from './Fact'

/** How this browser shows Plumbline. */
export function Appearance() {
  const { theme, density, language } = usePreferences()
  return (
    <Section title={t('settings.appearance.title')}>
      <dl className={`divide-y divide-line ${card}`}>
        <Fact name={t('settings.appearance.theme')} about={t('settings.appearance.themeMeaning')}>
          <Segments
            label={t('settings.appearance.theme')}
            value={theme}
            onChange={(value) => preferences.set({ theme: value as Preferences['theme'] })}
            options={(['light', 'dark', 'system'] as const).map((value) => ({ value, title: t(`app.theme.${value}`) }))}
          />
        </Fact>
        <Fact name={t('settings.appearance.density')} about={t('settings.appearance.densityMeaning')}>
          <Segments
            label={t('settings.appearance.density')}
            value={density}
            onChange={(value) => preferences.set({ density: value as Preferences['density'] })}
            options={(['comfortable', 'compact'] as const).map((value) => ({ value, title: t(`settings.appearance.${value}`) }))}
          />
        </Fact>
        <Fact name={t('settings.appearance.motion')} about={t('settings.appearance.motionMeaning')}>
          {window.matchMedia('(prefers-reduced-motion: reduce)').matches ? t('settings.appearance.motionLess') : t('settings.appearance.motionFull')}
        </Fact>
        <Fact name={t('settings.appearance.language')} about={t('settings.appearance.languageMeaning')}>
          <Select
            aria-label={t('settings.appearance.language')}
            className="max-w-60"
            value={language}
            onChange={(event) => {
              preferences.set({ language: event.target.value })
              window.location.reload()
            }}
          >
            {languages.map((one) => (
              <option key={one} value={one}>
                {t(`settings.languages.${one}`)}
              </option>
            ))}
          </Select>
        </Fact>
        <Fact name={t('settings.keys.title')} about={t('settings.keys.about')}>
          <SingleKeys />
        </Fact>
      </dl>
      <p className="mt-2 text-sm text-muted">{t('settings.appearance.kept')}</p>
    </Section>
  )
}
