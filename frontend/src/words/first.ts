import app from './en/app.json'
import common from './en/common.json'
import home from './en/home.json'
import ui from './en/ui.json'

/** What the frame and Home say: words of the first load. */
export const first = {
  app,
  common,
  home,
  ui,
}
