// Package desktop holds what the program of the window does that needs no window: one
// process for each data directory, where the window was, the links that lead to a screen,
// the notices of connections that fail or recover, and files saved for a person. The
// program itself only joins this with Wails, so all of it is tested without a display.
package desktop
