import accounts from './accounts.json'
import activity from './activity.json'
import app from './app.json'
import available from './available.json'
import backup from './backup.json'
import changes from './changes.json'
import common from './common.json'
import connect from './connect.json'
import connection from './connection.json'
import connections from './connections.json'
import doctor from './doctor.json'
import exports from './exports.json'
import home from './home.json'
import people from './people.json'
import record from './record.json'
import run from './run.json'
import settings from './settings.json'
import states from './states.json'
import ui from './ui.json'

/** Every word on screen in English, a file for each page. A translation has the same keys. */
export const en = {
  accounts,
  activity,
  app,
  available,
  backup,
  changes,
  common,
  connect,
  connection,
  connections,
  doctor,
  exports,
  home,
  people,
  record,
  run,
  settings,
  states,
  ui,
}
