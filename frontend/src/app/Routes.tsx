import { Suspense, useEffect, useRef } from 'react'
import { Route, Switch, useLocation } from 'wouter'
import { HomePage } from '@/pages/home/HomePage'
import { t } from '@/words'
import { Guard } from './Guard'
import { NotFound } from './NotFound'
import { page } from './page'

const AccountsPage = page(() => import('@/pages/accounts/AccountsPage'))
const ConnectPage = page(() => import('@/pages/connect/ConnectPage'))
const EditPage = page(() => import('@/pages/connect/EditPage'))
const ConnectorPage = page(() => import('@/pages/connector/ConnectorPage'))
const OwnConnector = page(() => import('@/pages/connector/OwnConnector'))
const ActivityPage = page(() => import('@/pages/activity/ActivityPage'))
const SettingsPage = page(() => import('@/pages/settings/SettingsPage'))
const DoctorPage = page(() => import('@/pages/doctor/DoctorPage'))
const BackupPage = page(() => import('@/pages/backup/BackupPage'))
const DisconnectedPage = page(() => import('@/pages/connection/DisconnectedPage'))
const ReconnectPage = page(() => import('@/pages/connection/ReconnectPage'))
const RunPage = page(() => import('@/pages/run/RunPage'))
const ConnectionsPage = page(async () => ({ default: (await import('@/pages/connections/ConnectionsPage')).ConnectionsPage }))
const ChangesPage = page(() => import('@/pages/changes/ChangesPage'))
const RecordPage = page(() => import('@/pages/record/RecordPage'))
const DetailPage = page(() => import('@/pages/connection/DetailPage'))
const PastAccountsPage = page(() => import('@/pages/accounts/PastAccountsPage'))
const PeoplePage = page(() => import('@/pages/people/PeoplePage'))
const InsightsPage = page(() => import('@/pages/insights/InsightsPage'))
const TestsPage = page(() => import('@/pages/tests/TestsPage'))
const ControlsPage = page(() => import('@/pages/controls/ControlsPage'))
const ControlPage = page(() => import('@/pages/control/ControlPage'))
const FrameworksPage = page(() => import('@/pages/frameworks/FrameworksPage'))
const FrameworkPage = page(() => import('@/pages/framework/FrameworkPage'))
const EvidencePage = page(() => import('@/pages/evidence/EvidencePage'))
const PacksPage = page(() => import('@/pages/packs/PacksPage'))
const EvidenceItemPage = page(() => import('@/pages/artifact/EvidenceItemPage'))
const TestPage = page(() => import('@/pages/test/TestPage'))
const RunsPage = page(() => import('@/pages/runs/RunsPage'))

export function Routes() {
  const [path] = useLocation()
  useFocusOnArrival(path)
  return (
    <Guard key={path}>
      <Suspense fallback={<div className="skeleton h-7 w-48" role="status" aria-label={t('app.loading')} />}>
        <Switch>
          <Route path="/">
            <HomePage />
          </Route>
          <Route path="/connections">
            <ConnectionsPage tab="active" />
          </Route>
          <Route path="/connections/available">
            <ConnectionsPage tab="available" />
          </Route>
          <Route path="/connections/available/:id">{({ id }) => <ConnectorPage id={id} />}</Route>
          <Route path="/connectors/write">
            <OwnConnector />
          </Route>
          <Route path="/connections/new/:connector">{({ connector }) => <ConnectPage id={connector} />}</Route>
          <Route path="/connections/disconnected">
            <DisconnectedPage />
          </Route>
          <Route path="/connections/:ref/reconnect">{({ ref }) => <ReconnectPage connection={ref} />}</Route>
          <Route path="/insights">
            <InsightsPage />
          </Route>
          <Route path="/runs">
            <RunsPage />
          </Route>
          <Route path="/runs/:id">{({ id }) => <RunPage id={id} />}</Route>
          <Route path="/tests">
            <TestsPage />
          </Route>
          <Route path="/controls">
            <ControlsPage />
          </Route>
          <Route path="/controls/:id">{({ id }) => <ControlPage id={id} />}</Route>
          <Route path="/frameworks">
            <FrameworksPage />
          </Route>
          <Route path="/frameworks/:id">{({ id }) => <FrameworkPage id={id} />}</Route>
          <Route path="/evidence">
            <EvidencePage />
          </Route>
          <Route path="/evidence/packs">
            <PacksPage />
          </Route>
          <Route path="/evidence/:id">{({ id }) => <EvidenceItemPage id={id} />}</Route>
          <Route path="/tests/:id">{({ id }) => <TestPage id={id} />}</Route>
          <Route path="/connections/:ref/edit">{({ ref }) => <EditPage connection={ref} />}</Route>
          <Route path="/accounts">
            <AccountsPage />
          </Route>
          <Route path="/accounts/past">
            <PastAccountsPage />
          </Route>
          <Route path="/accounts/:page">{({ page }) => <AccountsPage page={page} />}</Route>
          <Route path="/accounts/:page/compare">{({ page }) => <AccountsPage page={page} compare />}</Route>
          <Route path="/people/:part?">{({ part }) => <PeoplePage part={part} />}</Route>
          <Route path="/activity">
            <ActivityPage />
          </Route>
          <Route path="/settings">
            <SettingsPage />
          </Route>
          <Route path="/doctor">
            <DoctorPage />
          </Route>
          <Route path="/backup">
            <BackupPage />
          </Route>
          <Route path="/connections/:ref/records/:stream/*">
            <RecordPage />
          </Route>
          <Route path="/changes">
            <ChangesPage />
          </Route>
          <Route path="/connections/:ref/:tab?">{({ ref, tab }) => <DetailPage connection={ref} tab={tab} />}</Route>
          <Route>
            <NotFound />
          </Route>
        </Switch>
      </Suspense>
    </Guard>
  )
}

/** After a change of page the keyboard starts at its content, as it would after a reload. */
function useFocusOnArrival(path: string) {
  const last = useRef(path)
  useEffect(() => {
    if (last.current === path) return
    last.current = path
    window.scrollTo(0, 0)
    document.getElementById('main')?.focus({ preventScroll: true })
  }, [path])
}
