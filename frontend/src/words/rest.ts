import accounts from './en/accounts.json'
import activity from './en/activity.json'
import assistants from './en/assistants.json'
import available from './en/available.json'
import backup from './en/backup.json'
import changes from './en/changes.json'
import connect from './en/connect.json'
import connection from './en/connection.json'
import connections from './en/connections.json'
import controls from './en/controls.json'
import doctor from './en/doctor.json'
import evidence from './en/evidence.json'
import explanation from './en/explanation.json'
import exports from './en/exports.json'
import insights from './en/insights.json'
import notifications from './en/notifications.json'
import packs from './en/packs.json'
import people from './en/people.json'
import record from './en/record.json'
import run from './en/run.json'
import settings from './en/settings.json'
import states from './en/states.json'
import summary from './en/summary.json'
import tests from './en/tests.json'

/** What the other pages say: words that come with the first of them. */
export const rest = {
  accounts,
  activity,
  assistants,
  available,
  backup,
  changes,
  connect,
  connection,
  connections,
  controls,
  doctor,
  evidence,
  explanation,
  exports,
  insights,
  notifications,
  packs,
  people,
  record,
  run,
  settings,
  states,
  summary,
  tests,
}
