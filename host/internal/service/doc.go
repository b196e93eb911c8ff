// Package service installs the agent as a service of one person, so that syncs go on
// while no window is open: a user unit of systemd on Linux, an agent of launchd on macOS.
// On Windows it says how to make a task.
//
// Every operation may be repeated. It looks at what is there, changes only what differs,
// and says what it changed.
package service
